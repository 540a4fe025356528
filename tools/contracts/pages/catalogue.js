const find = document.getElementById("find");
const none = document.getElementById("none");
const chips = [...document.querySelectorAll("[data-service]")];
const articles = [...document.querySelectorAll("article")];
const listed = new Map([...document.querySelectorAll("li[data-event]")].map((li) => [li.dataset.event, li]));

const narrow = matchMedia("(max-width: 56rem)");
const picture = document.querySelector("figure");

function fold() {
  document.getElementById("list").open = !narrow.matches;
  const first = picture.querySelector(".service").getBoundingClientRect();
  const frame = picture.getBoundingClientRect();
  picture.scrollLeft += first.left + first.width / 2 - frame.left - frame.width / 2;
}

fold();
narrow.addEventListener("change", fold);

function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.service);
  let shown = 0;
  for (const article of articles) {
    const services = article.dataset.services.split(" ");
    const fits =
      words.every((word) => article.dataset.search.includes(word) || services.some((s) => s.includes(word))) &&
      (wanted.length === 0 || wanted.some((service) => services.includes(service)));
    article.hidden = !fits;
    listed.get(article.dataset.event).hidden = !fits;
    shown += fits;
  }
  none.hidden = shown > 0;
}

find.addEventListener("input", filter);
for (const chip of chips) {
  chip.addEventListener("click", () => {
    chip.ariaPressed = String(chip.ariaPressed !== "true");
    filter();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== find) {
    event.preventDefault();
    find.focus();
  } else if (event.key === "Escape" && document.activeElement === find) {
    find.value = "";
    filter();
  }
});
document.addEventListener("click", async (event) => {
  if (!event.target.matches(".copy")) return;
  await navigator.clipboard.writeText(event.target.nextElementSibling.textContent);
  event.target.textContent = "Copied";
  setTimeout(() => (event.target.textContent = "Copy"), 1500);
});

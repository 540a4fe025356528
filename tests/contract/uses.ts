// A reader of events, compiled and never run: what the generated types must allow, and what they must refuse.
import type { BusEntry, DetailType, EventByType, PostIngestedV1, TickertapeEvent } from "../../contracts/typescript/events";

export function tell(event: TickertapeEvent): string {
  switch (event.type) {
    case "PostIngested.v1": {
      const source: "tickertape.ingestion" = event.source;
      return `${source} ${event.data.tickers.map((mention) => mention.ticker).join()} ${event.data.author ?? "?"}`;
    }
    case "PriceUpdated.v1":
      return event.data.doubt ?? event.data.price;
    default:
      return event.type;
  }
}

type Kind = EventByType["TickerFollowed.v1"]["data"]["rules"][number]["kind"];

export function isKnown(kind: Kind): boolean {
  return kind === "price_move";
}

export const entry: Pick<BusEntry<PostIngestedV1>, "detail-type" | "source"> = {
  "detail-type": "PostIngested.v1",
  source: "tickertape.ingestion",
};
// @ts-expect-error a price is text, so that no digit is lost
export const price: EventByType["PriceUpdated.v1"]["data"]["price"] = 347.51;
// @ts-expect-error nobody announces this
export const never: DetailType = "PriceUpdated.v9";

"""`python -m tools.rules`: what every template keeps to beyond what linters know; exit code 1 on a breach."""

import sys

from tools.rules.functions import FUNCTIONS
from tools.rules.queues import QUEUES
from tools.rules.reading import deployed
from tools.rules.ruling import findings
from tools.rules.stores import STORES

ALL = (*QUEUES.all, *FUNCTIONS.all, *STORES.all)


def main() -> int:
    stacks = deployed()
    found = findings(ALL, stacks)
    for finding in found:
        print(f"{finding}\n   {finding.rule.says}: else {finding.rule.why}")
    resources = sum(len(stack.resources) for stack in stacks)
    print(f"{len(ALL)} rules, {len(stacks)} stacks, {resources} resources: {len(found) or 'no'} breaches")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

"""What runs: functions, what feeds them, and what their roles may do."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tools.rules.reading import Properties, Stack, listed
from tools.rules.ruling import Breaches, Rules

FUNCTIONS = Rules()
_SECRET = re.compile(r"(?i)(secret|token|password|passwd|credential|private|api_?key|_key$)")
_NOT_SECRET = re.compile(r"(?i)(_name|_parameter|_table|_queue|_arn|_url|_topic|_tokens|_bucket|_days)$")

ANYWHERE = {
    "cloudwatch:PutMetricData",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""Actions that know no resource: AWS takes them for `*` alone."""


def _functions(stack: Stack) -> Iterator[tuple[str, Properties]]:
    return stack.of("Lambda::Function")


@FUNCTIONS.rule("L1", "a function has a role of its own", "what one may do, another could too")
def own_role(stack: Stack) -> Breaches:
    roles = Counter(stack.named(function.get("Role")) for _, function in _functions(stack))
    for name, function in _functions(stack):
        if (role := stack.named(function.get("Role"))) is None or roles[role] > 1:
            yield name, f"its role {role or function.get('Role')} is not its alone"


@FUNCTIONS.rule("L2", "a function says its memory and time", "three seconds and 128 MB suit nobody")
def says_its_size(stack: Stack) -> Breaches:
    for name, function in _functions(stack):
        seconds, memory = (stack.number(function.get(key)) for key in ("Timeout", "MemorySize"))
        if not seconds or not memory or not (0 < seconds <= 900 and 128 <= memory <= 10_240):
            yield name, f"Timeout {seconds}, MemorySize {memory}"


@FUNCTIONS.rule(
    "L3", "a function runs on a runtime AWS still mends", "it could neither be patched nor deployed"
)
def current_runtime(stack: Stack) -> Breaches:
    for name, function in _functions(stack):
        if function.get("PackageType") != "Image" and function.get("Runtime") not in (
            "python3.13",
            "python3.14",
        ):
            yield name, f"Runtime {function.get('Runtime')}; python3.13"


@FUNCTIONS.rule(
    "L4", "logs are kept for a stated time", "they cost for ever, and keep what was to be forgotten"
)
def logs_expire(stack: Stack) -> Breaches:
    groups = {name for name, group in stack.of("Logs::LogGroup") if group.get("RetentionInDays")}
    for name, function in _functions(stack):
        if stack.named(function.get("LoggingConfig", {}).get("LogGroup")) not in groups:
            yield name, "its LoggingConfig names no log group of this stack that has RetentionInDays"


@FUNCTIONS.rule("L5", "no secret stands in a function's settings", "whoever may look at it reads them")
def no_secrets(stack: Stack) -> Breaches:
    for name, function in _functions(stack):
        for key, value in function.get("Environment", {}).get("Variables", {}).items():
            if _SECRET.search(key) and not _NOT_SECRET.search(key) and value not in ("", None):
                yield name, f"{key} looks like a secret; name a parameter that holds it"


@FUNCTIONS.rule("L6", "reserved concurrency covers what its queues ask for", "throttled batches die unseen")
def enough_concurrency(stack: Stack) -> Breaches:
    for name, function in _functions(stack):
        reserved = stack.number(function.get("ReservedConcurrentExecutions"))
        asked = sum(
            stack.number(source.get("ScalingConfig", {}).get("MaximumConcurrency")) or 0
            for _, source in stack.of("Lambda::EventSourceMapping")
            if stack.named(source.get("FunctionName")) == name
        )
        if reserved is not None and reserved < asked:
            yield name, f"ReservedConcurrentExecutions {reserved:.0f} is below {asked:.0f}"


@FUNCTIONS.rule("L7", "who may call a function is one of ours", "any account's API could call it")
def called_by_ours(stack: Stack) -> Breaches:
    for name, permission in stack.of("Lambda::Permission"):
        if not permission.get("SourceArn") and not permission.get("SourceAccount"):
            yield name, "says neither SourceArn nor SourceAccount"
        if permission.get("Principal") == "*":
            yield name, "lets everybody call"


@FUNCTIONS.rule(
    "M1", "a queue's consumer reports each failure alone", "one bad message would repeat nine good ones"
)
def reports_failures(stack: Stack) -> Breaches:
    for name, source in stack.of("Lambda::EventSourceMapping"):
        if "ReportBatchItemFailures" not in source.get("FunctionResponseTypes", []):
            yield name, "FunctionResponseTypes lacks ReportBatchItemFailures"


@FUNCTIONS.rule("M2", "a queue's consumer says how many run at once", "five or a thousand, as AWS likes")
def says_concurrency(stack: Stack) -> Breaches:
    for name, source in stack.of("Lambda::EventSourceMapping"):
        most = stack.number(source.get("ScalingConfig", {}).get("MaximumConcurrency"))
        if most is None or most < 2:
            yield name, f"ScalingConfig.MaximumConcurrency is {most}; 2 or more"


@FUNCTIONS.rule("M3", "no filter between queue and consumer", "what it lets fall is deleted for ever")
def no_filters(stack: Stack) -> Breaches:
    for name, source in stack.of("Lambda::EventSourceMapping"):
        if source.get("FilterCriteria"):
            yield name, "filter in the rule's pattern, or in the handler"


@FUNCTIONS.rule(
    "M4", "a message stays hidden six times as long as its function may take", "it would be handled twice"
)
def patient_queues(stack: Stack) -> Breaches:
    queues, functions = dict(stack.of("SQS::Queue")), dict(_functions(stack))
    for name, source in stack.of("Lambda::EventSourceMapping"):
        queue = queues.get(stack.named(source.get("EventSourceArn")) or "")
        function = functions.get(stack.named(source.get("FunctionName")) or "")
        if queue is None or function is None:
            yield name, "its queue or its function is not of this stack"
            continue
        hidden, seconds = stack.number(queue.get("VisibilityTimeout")), stack.number(function.get("Timeout"))
        if not hidden or not seconds or hidden < 6 * seconds:
            yield name, f"VisibilityTimeout {hidden} is below 6 × Timeout {seconds}"


def _allowed(stack: Stack) -> Iterator[tuple[str, Properties, list[str]]]:
    for role, statement in stack.statements():
        if statement["Effect"] == "Allow":
            yield role, statement, [str(action) for action in listed(statement.get("Action", []))]


@FUNCTIONS.rule("I1", "a role may do named things", "a star grows with every action AWS adds")
def named_actions(stack: Stack) -> Breaches:
    for role, statement, actions in _allowed(stack):
        for action in actions:
            if "*" in action:
                yield role, f"is allowed {action}; name the actions"
        if "NotAction" in statement:
            yield role, "is allowed everything but its NotAction"


@FUNCTIONS.rule("I2", "a role may do them to named things", "it could read every table of the account")
def named_resources(stack: Stack) -> Breaches:
    for role, statement, actions in _allowed(stack):
        if "*" in listed(statement.get("Resource", "*")) and not set(actions) <= ANYWHERE:
            told = ", ".join(sorted(set(actions) - ANYWHERE))
            if not statement.get("Condition"):
                yield role, f"is allowed {told} on everything; name the resources, or a condition"


@FUNCTIONS.rule("I3", "a service announces under its own source alone", "events could be forged from within")
def own_source(stack: Stack) -> Breaches:
    for role, statement, actions in _allowed(stack):
        if "events:PutEvents" in actions:
            wanted = {"StringEquals": {"events:source": f"tickertape.{stack.name}"}}
            if statement.get("Condition") != wanted:
                yield role, f"events:PutEvents without the condition events:source = tickertape.{stack.name}"


@FUNCTIONS.rule("I4", "no role has a policy that is everybody's", "AmazonS3FullAccess means every bucket")
def no_full_access(stack: Stack) -> Breaches:
    for role, properties in stack.of("IAM::Role"):
        for policy in properties.get("ManagedPolicyArns", []):
            if re.search(r"(FullAccess|Administrator|PowerUser|ReadOnlyAccess)", str(policy)):
                yield role, f"has {policy}"


@FUNCTIONS.rule("I5", "a role is taken on by one AWS service", "another account could take it on")
def assumed_by_services(stack: Stack) -> Breaches:
    for role, properties in stack.of("IAM::Role"):
        for statement in listed(properties["AssumeRolePolicyDocument"]["Statement"]):
            principal: Any = statement.get("Principal")
            if not isinstance(principal, dict) or set(principal) != {"Service"}:
                yield role, f"may be taken on by {principal}"


@FUNCTIONS.rule("I6", "a role passes on no other", "a function could give itself more rights")
def passes_no_role(stack: Stack) -> Breaches:
    for role, statement, actions in _allowed(stack):
        if "iam:PassRole" in actions and "iam:PassedToService" not in str(statement.get("Condition")):
            yield role, "is allowed iam:PassRole to anybody"

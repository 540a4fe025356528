"""Where messages wait: queues, their dead letters, the rules and schedules that fill them."""

from collections.abc import Iterator
from typing import Any

from tools.rules.reading import Properties, Stack, listed
from tools.rules.ruling import Breaches, Rules

QUEUES = Rules()
FOURTEEN_DAYS = 1_209_600


def _dead(stack: Stack) -> set[str]:
    """Logical ids of queues that others send their dead letters to."""
    named = (
        stack.named(q.get("RedrivePolicy", {}).get("deadLetterTargetArn")) for _, q in stack.of("SQS::Queue")
    )
    return {name for name in named if name}


def _live(stack: Stack) -> Iterator[tuple[str, Properties]]:
    dead = _dead(stack)
    return ((name, queue) for name, queue in stack.of("SQS::Queue") if name not in dead)


def _policies(stack: Stack, queue: str) -> Iterator[Properties]:
    for _, policy in stack.of("SQS::QueuePolicy"):
        if queue in map(stack.named, policy["Queues"]):
            yield from listed(policy["PolicyDocument"]["Statement"])


@QUEUES.rule("Q1", "a queue has dead letters", "what nobody can handle would circle until it expires unseen")
def has_dead_letters(stack: Stack) -> Breaches:
    for name, queue in _live(stack):
        if not queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"):
            yield name, "has no RedrivePolicy; give it one to a queue of its own"


@QUEUES.rule(
    "Q2", "a message is tried five times or more", "one bad minute of a neighbour would be the end of it"
)
def is_tried_often(stack: Stack) -> Breaches:
    for name, queue in _live(stack):
        tries = stack.number(queue.get("RedrivePolicy", {}).get("maxReceiveCount"))
        if tries is None or tries < 5:
            yield name, f"maxReceiveCount is {tries}; at least 5"


@QUEUES.rule(
    "Q3", "dead letters are kept 14 days, longer than their queue's", "a message keeps its age when it dies"
)
def keeps_dead_letters(stack: Stack) -> Breaches:
    queues = dict(stack.of("SQS::Queue"))
    for name in _dead(stack) & set(queues):
        if stack.number(queues[name].get("MessageRetentionPeriod")) != FOURTEEN_DAYS:
            yield name, f"MessageRetentionPeriod is not {FOURTEEN_DAYS}"
    for name, queue in _live(stack):
        kept = stack.number(queue.get("MessageRetentionPeriod"))
        if kept is None or kept >= FOURTEEN_DAYS:
            yield name, "MessageRetentionPeriod is not below that of its dead letters; 345600 is four days"


@QUEUES.rule("Q4", "a queue is encrypted", "its messages hold what people wrote and follow")
def is_encrypted(stack: Stack) -> Breaches:
    for name, queue in stack.of("SQS::Queue"):
        if queue.get("SqsManagedSseEnabled") is not True and not queue.get("KmsMasterKeyId"):
            yield name, "set SqsManagedSseEnabled: true"


@QUEUES.rule("Q5", "a queue refuses what comes in the clear", "a client without TLS would be served")
def wants_tls(stack: Stack) -> Breaches:
    for name, _ in stack.of("SQS::Queue"):
        if not any(_denies_plain(statement) for statement in _policies(stack, name)):
            yield name, "no policy denies it sqs:* where aws:SecureTransport is false"


def _denies_plain(statement: Properties) -> bool:
    return statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition"))


@QUEUES.rule("Q6", "somebody is told of dead letters", "they would be found when they have expired")
def tells_of_dead_letters(stack: Stack) -> Breaches:
    queues = dict(stack.of("SQS::Queue"))
    watched = {
        str(dimension["Value"])
        for _, alarm in stack.of("CloudWatch::Alarm")
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible" and alarm.get("AlarmActions")
        for dimension in alarm.get("Dimensions", [])
    }
    for name in _dead(stack) & set(queues):
        if not {str(queues[name].get("QueueName")), str({"Fn::GetAtt": [name, "QueueName"]})} & watched:
            yield name, "no alarm with an action watches its ApproximateNumberOfMessagesVisible"


@QUEUES.rule("Q7", "no alarm counts messages sent", "a redrive to dead letters does not raise that metric")
def counts_what_counts(stack: Stack) -> Breaches:
    for name, alarm in stack.of("CloudWatch::Alarm"):
        if alarm.get("MetricName") == "NumberOfMessagesSent":
            yield name, "watch ApproximateNumberOfMessagesVisible"


@QUEUES.rule(
    "Q8", "an alarm reaches somebody and rests without data", "it would be silent, or red every night"
)
def alarms_reach(stack: Stack) -> Breaches:
    for name, alarm in stack.of("CloudWatch::Alarm"):
        if not alarm.get("AlarmActions"):
            yield name, "has no AlarmActions"
        if alarm.get("TreatMissingData") not in ("notBreaching", "ignore"):
            yield name, "TreatMissingData is not said; notBreaching, as a rule"


@QUEUES.rule(
    "E1", "a rule sends to queues alone", "a Lambda behind a rule has no batch, no wait and no dead letters"
)
def targets_queues(stack: Stack) -> Breaches:
    queues = {name for name, _ in stack.of("SQS::Queue")}
    for name, target in _targets(stack):
        if stack.named(target.get("Arn")) not in queues:
            yield name, f"target {target.get('Id')} is no queue of this stack"


@QUEUES.rule("E2", "a rule has dead letters", "what its queue refuses would be dropped after a day")
def rules_have_dead_letters(stack: Stack) -> Breaches:
    for name, target in _targets(stack):
        if not target.get("DeadLetterConfig", {}).get("Arn"):
            yield name, f"target {target.get('Id')} has no DeadLetterConfig"


@QUEUES.rule("E3", "a rule says how often it tries", "the default is another one on the next kind of bus")
def rules_say_tries(stack: Stack) -> Breaches:
    for name, target in _targets(stack):
        if set(target.get("RetryPolicy", {})) != {"MaximumEventAgeInSeconds", "MaximumRetryAttempts"}:
            yield name, f"target {target.get('Id')} says no RetryPolicy in full"


@QUEUES.rule("E4", "a rule names whose events it takes", "a forged source would be heard")
def rules_name_sources(stack: Stack) -> Breaches:
    for name, rule in stack.of("Events::Rule"):
        if not (rule.get("EventPattern") or {}).get("source"):
            yield name, "its EventPattern has no source"


def _targets(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, rule in stack.of("Events::Rule"):
        for target in rule.get("Targets", []):
            yield name, target


@QUEUES.rule("E5", "AWS's services deliver for one sender of ours", "any account's rule could fill the queue")
def delivers_for_one(stack: Stack) -> Breaches:
    for name, policy in stack.of("SQS::QueuePolicy"):
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            served = isinstance(statement.get("Principal"), dict) and "Service" in statement["Principal"]
            if (
                statement["Effect"] == "Allow"
                and served
                and "aws:Source" not in str(statement.get("Condition"))
            ):
                yield name, f"{statement.get('Sid', 'a statement')} names no aws:SourceArn"


@QUEUES.rule("E6", "nobody in the world may send", "a queue open to all is everybody's handler")
def closed_to_the_world(stack: Stack) -> Breaches:
    for name, policy in stack.of("SQS::QueuePolicy"):
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            if statement["Effect"] == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"}):
                yield name, f"{statement.get('Sid', 'a statement')} allows everybody"


@QUEUES.rule(
    "E7", "a schedule sends to a queue, with tries and dead letters", "a missed tick would be a silent day"
)
def schedules_are_safe(stack: Stack) -> Breaches:
    queues = {name for name, _ in stack.of("SQS::Queue")}
    for name, schedule in stack.of("Scheduler::Schedule"):
        target = schedule["Target"]
        if stack.named(target.get("Arn")) not in queues:
            yield name, "its target is no queue of this stack"
        if not target.get("DeadLetterConfig", {}).get("Arn") or not target.get("RetryPolicy"):
            yield name, "its target has no DeadLetterConfig, or says no RetryPolicy"

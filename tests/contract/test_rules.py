"""Every rule of the templates holds, and every one can be seen broken."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tools.rules.__main__ import ALL
from tools.rules.reading import Stack, deployed
from tools.rules.ruling import findings

Resources = dict[str, dict[str, Any]]
Plant = Callable[[Resources], None]


def test_every_stack_keeps_to_every_rule() -> None:
    stacks = deployed()
    assert {stack.name for stack in stacks} >= {"bus", "api", "sentiment", "notifications"}
    assert [str(finding) for finding in findings(ALL, stacks)] == []


def _first(resources: Resources, kind: str, having: str = "") -> dict[str, Any]:
    """Properties of the first resource of a type, that has a property if need be."""
    found = (r["Properties"] for r in resources.values() if r["Type"] == f"AWS::{kind}")
    return next(properties for properties in found if not having or having in properties)


def _put(kind: str, key: str, value: Any, having: str = "") -> Plant:
    """Sets a property of the first resource of a type, `a.b.0.c` by its path; None takes it away."""

    def plant(resources: Resources) -> None:
        place: Any = _first(resources, kind, having or key.partition(".")[0])
        *way, last = key.split(".")
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return plant


def _allow(**statement: Any) -> Plant:
    """Gives the first role of a service one more thing it may do."""

    def plant(resources: Resources) -> None:
        policies = _first(resources, "IAM::Role", "Policies")["Policies"]
        document = next(policy["PolicyDocument"] for policy in policies if "PolicyDocument" in policy)
        document["Statement"].append({"Effect": "Allow", **statement})

    return plant


def _without(kind: str) -> Plant:
    def plant(resources: Resources) -> None:
        for name in [name for name, resource in resources.items() if resource["Type"] == f"AWS::{kind}"]:
            del resources[name]

    return plant


def _lose(name: str) -> Plant:
    def plant(resources: Resources) -> None:
        next(r for r in resources.values() if r["Type"] == "AWS::DynamoDB::Table").pop(name)

    return plant


def _shared_role(resources: Resources) -> None:
    one, other, *_ = (r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::Function")
    one["Role"] = other["Role"]


def _borrowed_role(resources: Resources) -> None:
    _first(resources, "StepFunctions::StateMachine")["RoleArn"] = _first(resources, "Lambda::Function")[
        "Role"
    ]


def _patient_only_five_times(resources: Resources) -> None:
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Timeout"] = 36_000 / 5


ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
ANY_RULE = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}

# Which rule, in which stack, what is planted.
PLANTED: list[tuple[str, str, Plant]] = [
    ("Q1", "sentiment", _put("SQS::Queue", "RedrivePolicy", None)),
    ("Q2", "sentiment", _put("SQS::Queue", "RedrivePolicy.maxReceiveCount", 3)),
    ("Q3", "sentiment", _put("SQS::Queue", "MessageRetentionPeriod", 1_209_600, "RedrivePolicy")),
    ("Q4", "sentiment", _put("SQS::Queue", "SqsManagedSseEnabled", False)),
    ("Q5", "sentiment", _without("SQS::QueuePolicy")),
    ("Q6", "sentiment", _without("CloudWatch::Alarm")),
    ("Q7", "sentiment", _put("CloudWatch::Alarm", "MetricName", "NumberOfMessagesSent")),
    ("Q8", "sentiment", _put("CloudWatch::Alarm", "AlarmActions", None)),
    ("Q8", "sentiment", _put("CloudWatch::Alarm", "TreatMissingData", "breaching")),
    ("E1", "sentiment", _put("Events::Rule", "Targets.0.Arn", {"Fn::GetAtt": ["ScorePosts", "Arn"]})),
    ("E2", "sentiment", _put("Events::Rule", "Targets.0.DeadLetterConfig", None)),
    ("E3", "sentiment", _put("Events::Rule", "Targets.0.RetryPolicy", {"MaximumRetryAttempts": 5})),
    ("E4", "sentiment", _put("Events::Rule", "EventPattern", {"detail-type": ["PostIngested.v1"]})),
    ("E5", "sentiment", _put("SQS::QueuePolicy", "PolicyDocument.Statement", [ANY_RULE])),
    ("E6", "sentiment", _put("SQS::QueuePolicy", "PolicyDocument.Statement", [ANYBODY])),
    ("E7", "sentiment", _put("Scheduler::Schedule", "Target.DeadLetterConfig", None)),
    ("L1", "sentiment", _shared_role),
    ("L2", "sentiment", _put("Lambda::Function", "Timeout", 1_000)),
    ("L3", "sentiment", _put("Lambda::Function", "Runtime", "python3.9")),
    ("L4", "sentiment", _put("Lambda::Function", "LoggingConfig", None)),
    ("L4", "sentiment", _put("Logs::LogGroup", "RetentionInDays", None)),
    ("L5", "sentiment", _put("Lambda::Function", "Environment.Variables.SLACK_TOKEN", "xoxb-1")),
    ("L6", "sentiment", _put("Lambda::Function", "ReservedConcurrentExecutions", 1, "Role")),
    ("L7", "sentiment", _put("Lambda::Permission", "SourceArn", None)),
    ("M1", "sentiment", _put("Lambda::EventSourceMapping", "FunctionResponseTypes", [])),
    ("M2", "sentiment", _put("Lambda::EventSourceMapping", "ScalingConfig", None)),
    (
        "M3",
        "sentiment",
        _put("Lambda::EventSourceMapping", "FilterCriteria", {"Filters": []}, "ScalingConfig"),
    ),
    ("M4", "sentiment", _patient_only_five_times),
    ("I1", "sentiment", _allow(Action="dynamodb:*", Resource="arn:aws:dynamodb:::table/Scores")),
    ("I2", "sentiment", _allow(Action="dynamodb:GetItem", Resource="*")),
    ("I3", "sentiment", _allow(Action="events:PutEvents", Resource="arn:aws:events:::event-bus/tickertape")),
    (
        "I4",
        "sentiment",
        _put("IAM::Role", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]),
    ),
    ("I5", "sentiment", _put("IAM::Role", "AssumeRolePolicyDocument.Statement.0.Principal", {"AWS": "*"})),
    ("I6", "sentiment", _allow(Action="iam:PassRole", Resource="arn:aws:iam:::role/other")),
    ("D1", "prediction", _put("DynamoDB::Table", "PointInTimeRecoverySpecification", None)),
    ("D2", "sentiment", _put("DynamoDB::Table", "SSESpecification", None)),
    ("D3", "sentiment", _put("DynamoDB::Table", "BillingMode", "PROVISIONED")),
    ("D4", "prediction", _lose("DeletionPolicy")),
    ("B1", "sentiment", _put("S3::Bucket", "PublicAccessBlockConfiguration.BlockPublicAcls", False)),
    ("B2", "sentiment", _put("S3::Bucket", "BucketEncryption", None)),
    ("B3", "sentiment", _without("S3::BucketPolicy")),
    ("B4", "sentiment", _put("S3::Bucket", "LifecycleConfiguration", None)),
    ("F1", "sentiment", _borrowed_role),
    ("A1", "api", _put("ApiGateway::Stage", "MethodSettings", None)),
    ("A2", "api", _put("ApiGateway::Stage", "AccessLogSetting", None)),
]


@pytest.mark.parametrize(
    ("id_", "name", "plant"), PLANTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_planted_breach_is_found(id_: str, name: str, plant: Plant) -> None:
    whole = next(stack for stack in deployed() if stack.name == name)
    resources = deepcopy(dict(whole.resources))
    plant(resources)  # type: ignore[arg-type]
    (rule,) = (rule for rule in ALL if rule.id == id_)
    assert findings([rule], [Stack(name, resources, whole.defaults)])


def test_every_rule_was_seen_broken() -> None:
    assert {rule.id for rule in ALL} == {id_ for id_, _, _ in PLANTED}
    assert len({rule.id for rule in ALL}) == len(ALL)

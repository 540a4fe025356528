"""What is kept: tables, buckets, topics, and the machines that write to them."""

from tools.rules.reading import Stack, listed
from tools.rules.ruling import Breaches, Rules

STORES = Rules()
_KEPT = {"Retain", "RetainExceptOnCreate", "Snapshot"}


def _forgettable(stack: Stack, name: str) -> bool:
    """Whether a table says that it may be lost: its items expire by themselves."""
    properties = stack.resources[name].get("Properties", {})
    return bool(properties.get("TimeToLiveSpecification", {}).get("Enabled"))


@STORES.rule(
    "D1", "a table can be set back to any moment of its last weeks", "one bad deployment would be for ever"
)
def point_in_time(stack: Stack) -> Breaches:
    for name, table in stack.of("DynamoDB::Table"):
        enabled = table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        if enabled is not True and not _forgettable(stack, name):
            yield name, "set PointInTimeRecoveryEnabled, or a TimeToLiveSpecification if it may be lost"


@STORES.rule(
    "D2", "a table is encrypted under a key of the account's", "its backups could not be kept from anybody"
)
def encrypted_tables(stack: Stack) -> Breaches:
    for name, table in stack.of("DynamoDB::Table"):
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield name, "set SSESpecification: { SSEEnabled: true }"


@STORES.rule("D3", "a table takes what comes", "provisioned throughput throttles on the day that matters")
def on_demand(stack: Stack) -> Breaches:
    for name, table in stack.of("DynamoDB::Table"):
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield name, f"BillingMode is {table.get('BillingMode')}; PAY_PER_REQUEST"


@STORES.rule("D4", "what is kept outlives its stack", "a removal by mistake would take the data along")
def outlives(stack: Stack) -> Breaches:
    for kind in ("DynamoDB::Table", "S3::Bucket"):
        for name, _ in stack.of(kind):
            said = {stack.resources[name].get(key) for key in ("DeletionPolicy", "UpdateReplacePolicy")}
            if not said <= _KEPT and not _forgettable(stack, name):
                yield name, "set DeletionPolicy and UpdateReplacePolicy to keep it"


@STORES.rule("B1", "no bucket is public", "one wrong grant would publish it")
def not_public(stack: Stack) -> Breaches:
    wanted = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    for name, bucket in stack.of("S3::Bucket"):
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(block.get(key) is True for key in wanted):
            yield name, f"PublicAccessBlockConfiguration does not set all of {', '.join(wanted)}"


@STORES.rule("B2", "a bucket says its encryption", "whoever copies it would not know")
def encrypted_buckets(stack: Stack) -> Breaches:
    for name, bucket in stack.of("S3::Bucket"):
        if not bucket.get("BucketEncryption"):
            yield name, "set BucketEncryption"


@STORES.rule("B3", "a bucket refuses what comes in the clear", "a client without TLS would be served")
def buckets_want_tls(stack: Stack) -> Breaches:
    guarded = {
        stack.named(policy["Bucket"])
        for _, policy in stack.of("S3::BucketPolicy")
        for statement in listed(policy["PolicyDocument"]["Statement"])
        if statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition"))
    }
    for name, _ in stack.of("S3::Bucket"):
        if name not in guarded:
            yield name, "no policy denies it s3:* where aws:SecureTransport is false"


@STORES.rule(
    "B4", "a bucket says what becomes of uploads that were broken off", "halves cost and are never seen"
)
def drops_halves(stack: Stack) -> Breaches:
    for name, bucket in stack.of("S3::Bucket"):
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        if not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
            yield name, "a lifecycle rule with AbortIncompleteMultipartUpload is missing"


@STORES.rule("F1", "a state machine's role is its own", "it could do what a function may")
def machines_own_role(stack: Stack) -> Breaches:
    functions = {stack.named(function.get("Role")) for _, function in stack.of("Lambda::Function")}
    for name, machine in stack.of("StepFunctions::StateMachine"):
        if stack.named(machine.get("RoleArn")) in {None, *functions}:
            yield name, "its role is a function's, or not of this stack"


@STORES.rule("A1", "the front is throttled", "one caller could spend everybody's money")
def throttled(stack: Stack) -> Breaches:
    for name, stage in stack.of("ApiGateway::Stage"):
        settings = stage.get("MethodSettings", [])
        if not any(stack.number(setting.get("ThrottlingRateLimit")) for setting in settings):
            yield name, "no MethodSettings say a ThrottlingRateLimit"


@STORES.rule("A2", "the front writes down who asked what", "nobody could tell what an attacker tried")
def access_logged(stack: Stack) -> Breaches:
    for name, stage in stack.of("ApiGateway::Stage"):
        if not stage.get("AccessLogSetting", {}).get("DestinationArn"):
            yield name, "has no AccessLogSetting"

// What the page on publishing uses of AWS's client, so that it is compiled without an installed one.
declare module "@aws-sdk/client-eventbridge" {
  export class EventBridgeClient {
    constructor(configuration: { region?: string });
    send(command: DescribeEventBusCommand): Promise<{ Name?: string }>;
    send(command: PutEventsCommand): Promise<PutEventsAnswer>;
  }
  export interface PutEventsAnswer {
    FailedEntryCount?: number;
    Entries?: { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[];
  }
  export class DescribeEventBusCommand {
    constructor(input: { Name?: string });
    private readonly describes: true;
  }
  export class PutEventsCommand {
    constructor(input: {
      Entries: { EventBusName?: string; Source?: string; DetailType?: string; Time?: Date; Detail?: string }[];
    });
    private readonly puts: true;
  }
}

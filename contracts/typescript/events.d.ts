// Written by `tape contracts generate` from the event classes; not to be edited.
// import type { TickertapeEvent } from "./events";   switch (event.type) { case "PostIngested.v1": … }

/** A moment in UTC, RFC 3339: `2021-01-27T17:00:00Z`. */
export type Instant = string;

/** A day: `2021-01-27`. */
export type CalendarDate = string;

/** An exact number written as text: `"347.51"`. Parse it with a decimal library, not with `Number`. */
export type DecimalText = string;

/** A value a reader does not know yet: open lists grow within a version. */
export type Unheard = string & Record<never, never>;

/** A CloudEvent 1.0 in structured mode, with the official correlation and tracing extensions. */
export interface CloudEvent<Type, Source, Data> {
  specversion: "1.0";
  id: string;
  source: Source;
  type: Type;
  subject: string;
  time: Instant;
  datacontenttype: "application/json";
  correlationid: string;
  causationid?: string | null;
  traceparent?: string | null;
  data: Data;
}

/** A user put a ticker on their watchlist. */
export interface WatchlistItemAddedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** canonical symbol */
  ticker: string;
  /** place in the list, 0 first */
  position?: number | null;
  /** when the user did so, UTC */
  added_at: Instant;
}

/**
 * A user put a ticker on their watchlist.
 *
 * Announced by tickertape.app, about user_id/ticker.
 */
export type WatchlistItemAddedV1 = CloudEvent<"WatchlistItemAdded.v1", "tickertape.app", WatchlistItemAddedV1Data>;

/** A user took a ticker off their watchlist. */
export interface WatchlistItemRemovedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** canonical symbol */
  ticker: string;
  /** when the user did so, UTC */
  removed_at: Instant;
}

/**
 * A user took a ticker off their watchlist.
 *
 * Announced by tickertape.app, about user_id/ticker.
 */
export type WatchlistItemRemovedV1 = CloudEvent<"WatchlistItemRemoved.v1", "tickertape.app", WatchlistItemRemovedV1Data>;

/** When to tell a follower. One kind, one threshold in the kind's own unit. */
export interface TickerFollowedV1AlertRule {
  /** what is watched for */
  kind: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard;
  /**
   * price_move and drawdown: per cent; price_level: dollars; sentiment_shift: change of mean polarity;
   * mention_surge: times the usual mentions; direction and daily_summary: not used
   */
  threshold?: DecimalText | null;
  /** how long the rule is silent after it fired; none: for the rest of the New York day (5 … 10080) */
  cooldown_minutes?: number | null;
  /**
   * how far below the line, in the threshold's unit, the figure must have come back before the rule
   * fires again; none: below it at all
   */
  hysteresis?: DecimalText | null;
}

/** A user follows a ticker under these rules; a later one replaces them all. */
export interface TickerFollowedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** canonical symbol */
  ticker: string;
  /** when to tell the user; none: never */
  rules: readonly TickerFollowedV1AlertRule[];
  /** when the user did so, UTC */
  followed_at: Instant;
}

/**
 * A user follows a ticker under these rules; a later one replaces them all.
 *
 * Announced by tickertape.app, about user_id/ticker.
 */
export type TickerFollowedV1 = CloudEvent<"TickerFollowed.v1", "tickertape.app", TickerFollowedV1Data>;

/** A user no longer follows a ticker. */
export interface TickerUnfollowedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** canonical symbol */
  ticker: string;
  /** when the user did so, UTC */
  unfollowed_at: Instant;
}

/**
 * A user no longer follows a ticker.
 *
 * Announced by tickertape.app, about user_id/ticker.
 */
export type TickerUnfollowedV1 = CloudEvent<"TickerUnfollowed.v1", "tickertape.app", TickerUnfollowedV1Data>;

/** A way to reach a user. */
export interface ContactChangedV1Channel {
  /** way to reach a user */
  kind: "inbox" | "email" | "slack" | "telegram" | "push" | Unheard;
  /** e-mail address, chat id …; none for inbox */
  address?: string | null;
  /** the user proved it is theirs */
  verified: boolean;
}

/** What a user does not want to be told; what is not named is meant whole. */
export interface ContactChangedV1Mute {
  /** this channel only; none: every channel */
  channel?: "inbox" | "email" | "slack" | "telegram" | "push" | Unheard | null;
  /** alerts of this kind only; none: of every kind */
  rule?: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard | null;
}

/** From *start* to *end* in the user's own zone nothing is sent; `22:00`–`07:00` runs over midnight. */
export interface ContactChangedV1QuietHours {
  /** first quiet minute, in the user's zone */
  start: string;
  /** first minute no longer quiet, in the user's zone */
  end: string;
}

/** Where, when and how loudly a user wants to be told; replaces what was known. */
export interface ContactChangedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** where to tell the user; none: nowhere */
  channels: readonly ContactChangedV1Channel[];
  /** IANA name */
  time_zone: string;
  /** when nothing is sent; none: it may always be */
  quiet_hours?: ContactChangedV1QuietHours | null;
  /**
   * whether prices before the open and after the close may fire; false: the regular session's only
   * @default true
   */
  extended_hours?: boolean;
  /**
   * alerts a day, by the user's zone, that may make a noise at once; the others wait for the digest;
   * none: all (0 … 1000)
   */
  daily_cap?: number | null;
  /** time of day, in the user's zone, at which all alerts go out as one message; none: each at once */
  digest_at?: string | null;
  /**
   * what the user does not want to be told
   * @default []
   */
  mutes?: readonly ContactChangedV1Mute[];
  /** which briefings come by mail; daily ones when not told */
  mail_cadence?: "daily" | "weekly" | "both" | "never" | Unheard | null;
  /**
   * BCP 47 tag: how numbers, prices and dates of messages are written; one that is not known counts as
   * en-US
   * @default "en-US"
   */
  locale?: string;
  /** when the user did so, UTC */
  changed_at: Instant;
}

/**
 * Where, when and how loudly a user wants to be told; replaces what was known.
 *
 * Announced by tickertape.app, about user_id.
 */
export type ContactChangedV1 = CloudEvent<"ContactChanged.v1", "tickertape.app", ContactChangedV1Data>;

/** A user left; everything kept about them is to go. */
export interface UserDeletedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** when the user left, UTC */
  deleted_at: Instant;
}

/**
 * A user left; everything kept about them is to go.
 *
 * Announced by tickertape.app, about user_id.
 */
export type UserDeletedV1 = CloudEvent<"UserDeleted.v1", "tickertape.app", UserDeletedV1Data>;

/** A ticker found in a post, and where. */
export interface PostIngestedV1TickerMention {
  /** canonical symbol */
  ticker: string;
  /** how sure it is that the ticker is meant, 0…1 (0 … 1) */
  confidence: DecimalText;
  /** first character, in title + blank line + text (text alone without title) */
  start: number;
  /** one past the last character */
  end: number;
  /** what it was known by */
  how: "cashtag" | "symbol" | "option" | "name" | "listing" | Unheard;
}

/** A post was seen for the first time, or seen edited. */
export interface PostIngestedV1Data {
  /** the post: its source and its id there */
  post_id: string;
  /** where it was collected */
  source_name: string;
  /** forum within the source */
  community: string;
  /** a post or a reply */
  kind: "submission" | "comment" | Unheard;
  /** salted hash, never a name */
  author?: string | null;
  /** when it was written, UTC */
  created_at: Instant;
  /** headline; empty for comments */
  title?: string;
  /** words of the post, cut to their limit */
  text?: string;
  /** address of the post; none when not known */
  url?: string | null;
  /** tickers found in it, with their places */
  tickers: readonly PostIngestedV1TickerMention[];
  /**
   * votes when seen; may be negative
   * @default 0
   */
  score?: number;
  /**
   * replies when seen
   * @default 0
   */
  comments?: number;
  /** posts that say nearly the same share it */
  cluster?: string | null;
}

/**
 * A post was seen for the first time, or seen edited.
 *
 * Announced by tickertape.ingestion, about post_id.
 */
export type PostIngestedV1 = CloudEvent<"PostIngested.v1", "tickertape.ingestion", PostIngestedV1Data>;

/** A post was deleted where it came from; its text is to be forgotten. */
export interface PostRemovedV1Data {
  /** the post: its source and its id there */
  post_id: string;
  /** by its author, or by others */
  why: "deleted" | "removed" | Unheard;
  /** when it was known to be gone, UTC */
  removed_at: Instant;
}

/**
 * A post was deleted where it came from; its text is to be forgotten.
 *
 * Announced by tickertape.ingestion, about post_id.
 */
export type PostRemovedV1 = CloudEvent<"PostRemoved.v1", "tickertape.ingestion", PostRemovedV1Data>;

/** A stretch of the window in which nothing could be seen. */
export interface CollectionCompletedV1Gap {
  /** first moment not seen, UTC */
  start: Instant;
  /** first moment seen again, UTC */
  end: Instant;
}

/** A line of an archive that was not a post, and why. */
export interface CollectionCompletedV1SkippedLine {
  /** its number, 1 first */
  line: number;
  /** what is wrong with it */
  why: string;
}

/** One collection ended: what it found of its window, and what it did not. */
export interface CollectionCompletedV1Data {
  /** the source, or the archive part that was read */
  collection: string;
  /** first moment looked at, UTC */
  window_start: Instant;
  /** first moment no longer looked at, UTC */
  window_end: Instant;
  /** posts it came upon */
  found: number;
  /** of them, those not seen before */
  new: number;
  /** windows or entries that could not be read */
  failed: number;
  /** share of the expected posts seen; none when not known (0 … 1) */
  coverage?: DecimalText | null;
  /** posts usual at such hours of the week; none before enough weeks were seen */
  expected?: DecimalText | null;
  /**
   * stretches of the window not seen
   * @default []
   */
  gaps?: readonly CollectionCompletedV1Gap[];
  /**
   * the first twenty
   * @default []
   */
  skipped?: readonly CollectionCompletedV1SkippedLine[];
}

/**
 * One collection ended: what it found of its window, and what it did not.
 *
 * Announced by tickertape.ingestion, about collection/window_end.
 */
export type CollectionCompletedV1 = CloudEvent<"CollectionCompleted.v1", "tickertape.ingestion", CollectionCompletedV1Data>;

/** A post was scored for one ticker. */
export interface SentimentScoredV1Data {
  /** the post: its source and its id there */
  post_id: string;
  /** canonical symbol */
  ticker: string;
  /** when the post was written, UTC */
  posted_at: Instant;
  /** positive − negative (-1 … 1) */
  polarity: DecimalText;
  /** probability that it speaks against the ticker, 0…1 (0 … 1) */
  negative: DecimalText;
  /** probability that it does neither, 0…1 (0 … 1) */
  neutral: DecimalText;
  /** probability that it speaks for the ticker, 0…1 (0 … 1) */
  positive: DecimalText;
  /** the largest of the three probabilities (0 … 1) */
  confidence: DecimalText;
  /** the likeliest of the three */
  label: "negative" | "neutral" | "positive" | Unheard;
  /** who gave the score */
  method: "model" | "fallback" | "override" | Unheard;
  /** which model */
  model: string;
  /** which version of it */
  model_version: string;
}

/**
 * A post was scored for one ticker.
 *
 * Announced by tickertape.sentiment, about post_id/ticker.
 */
export type SentimentScoredV1 = CloudEvent<"SentimentScored.v1", "tickertape.sentiment", SentimentScoredV1Data>;

/** A post could not be scored for a ticker; that is no neutral score. */
export interface SentimentWithheldV1Data {
  /** the post: its source and its id there */
  post_id: string;
  /** canonical symbol */
  ticker: string;
  /** when the post was written, UTC */
  posted_at: Instant;
  /** what stood in the way */
  why: string;
}

/**
 * A post could not be scored for a ticker; that is no neutral score.
 *
 * Announced by tickertape.sentiment, about post_id/ticker.
 */
export type SentimentWithheldV1 = CloudEvent<"SentimentWithheld.v1", "tickertape.sentiment", SentimentWithheldV1Data>;

/** Posts scored before were scored again with another model; old scores are kept beside the new. */
export interface RescoreCompletedV1Data {
  /** the run, by its name */
  run: string;
  /** posts written before it were left alone */
  since: Instant;
  /** posts written at or after it were left alone */
  until: Instant;
  /** which model */
  model: string;
  /** which version of it */
  model_version: string;
  /** when the run ended, UTC */
  completed_at: Instant;
  /** pairs of post and ticker that were looked at */
  posts: number;
  /** of them, those the model gave a score */
  rescored: number;
  /** of them, those it could not score; their old score stands */
  withheld: number;
  /** of the rescored, those whose label changed */
  changed: number;
  /** mean of new − old polarity over the rescored; none when there are none (-2 … 2) */
  mean_shift?: DecimalText | null;
  /** where the differences lie, an s3:// address */
  report?: string | null;
}

/**
 * Posts scored before were scored again with another model; old scores are kept beside the new.
 *
 * Announced by tickertape.sentiment, about run.
 */
export type RescoreCompletedV1 = CloudEvent<"RescoreCompleted.v1", "tickertape.sentiment", RescoreCompletedV1Data>;

/** A ticker's mood or the talk about it changed within a window. */
export interface TickerSentimentShiftedV1Data {
  /** canonical symbol */
  ticker: string;
  /** ISO 8601 duration; ends at window_end */
  window: string;
  /** first moment after the window, UTC */
  window_end: Instant;
  /** mean polarity of the window (-1 … 1) */
  mean: DecimalText;
  /** mean of the time before; none when nobody spoke (-1 … 1) */
  previous?: DecimalText | null;
  /** posts about the ticker, each counted once */
  mentions: number;
  /** mean mentions of such a window over the 24 hours before */
  usual_mentions: DecimalText;
  /** (mentions − usual) ÷ (usual + 1) */
  velocity: DecimalText;
  /** different authors among them */
  unique_authors: number;
  /** share of posts that repeat another nearly word for word (0 … 1) */
  near_duplicate_share: DecimalText;
  /** share of scores made without the model (0 … 1) */
  fallback_share: DecimalText;
  /** which of them moved far enough */
  because: readonly ("sentiment" | "mentions" | Unheard)[];
  /** ids of the score events that weighed most */
  evidence: readonly string[];
  /** share of the posts usual at such hours that collection saw; none when not known (0 … 1) */
  coverage?: DecimalText | null;
}

/**
 * A ticker's mood or the talk about it changed within a window.
 *
 * Announced by tickertape.sentiment, about ticker/window/window_end.
 */
export type TickerSentimentShiftedV1 = CloudEvent<"TickerSentimentShifted.v1", "tickertape.sentiment", TickerSentimentShiftedV1Data>;

/** A quote was taken. */
export interface PriceUpdatedV1Data {
  /** canonical symbol */
  ticker: string;
  /** moment of the price, UTC */
  as_of: Instant;
  /** price in US dollars */
  price: DecimalText;
  /** close of the session before, US dollars */
  previous_close: DecimalText;
  /** (price − previous close) ÷ previous close × 100, two places */
  change_pct: DecimalText;
  /** part of the trading day */
  session: "pre" | "regular" | "post" | "closed" | Unheard;
  /** who said so */
  provider: string;
  /** which of the provider's feeds */
  feed?: string | null;
  /** false until a second look agreed */
  confirmed: boolean;
  /** why it is not confirmed */
  doubt?: string | null;
}

/**
 * A quote was taken.
 *
 * Announced by tickertape.market_data, about ticker/as_of.
 */
export type PriceUpdatedV1 = CloudEvent<"PriceUpdated.v1", "tickertape.market_data", PriceUpdatedV1Data>;

/** A session's bar is final. Prices are split-adjusted dollars. */
export interface DailyBarClosedV1Data {
  /** canonical symbol */
  ticker: string;
  /** the session's day */
  date: CalendarDate;
  /** first price, US dollars */
  open: DecimalText;
  /** highest price, US dollars */
  high: DecimalText;
  /** lowest price, US dollars */
  low: DecimalText;
  /** last price, US dollars */
  close: DecimalText;
  /** adjusted for splits and dividends as the provider has it */
  adjusted_close: DecimalText;
  /** shares traded */
  volume: number;
  /** close of the session before; none for the first */
  previous_close?: DecimalText | null;
  /** against previous_close, two places */
  change_pct?: DecimalText | null;
  /** who said so */
  provider: string;
  /** which of the provider's feeds */
  feed?: string | null;
}

/**
 * A session's bar is final. Prices are split-adjusted dollars.
 *
 * Announced by tickertape.market_data, about ticker/date.
 */
export type DailyBarClosedV1 = CloudEvent<"DailyBarClosed.v1", "tickertape.market_data", DailyBarClosedV1Data>;

/** A quote told before was wrong; what was concluded from it is to be put right. */
export interface QuoteCorrectedV1Data {
  /** canonical symbol */
  ticker: string;
  /** the moment of the quote that is corrected */
  as_of: Instant;
  /** the price it said, US dollars */
  was: DecimalText;
  /** the price it should have said */
  corrected: DecimalText;
  /** close of the session before, US dollars */
  previous_close: DecimalText;
  /** the change it said, per cent */
  was_change_pct: DecimalText;
  /** (corrected − previous close) ÷ previous close × 100, two places */
  change_pct: DecimalText;
  /** how it was found out */
  why: string;
  /** who the correction is from */
  provider: string;
  /** when it was found out, UTC */
  corrected_at: Instant;
}

/**
 * A quote told before was wrong; what was concluded from it is to be put right.
 *
 * Announced by tickertape.market_data, about ticker/as_of.
 */
export type QuoteCorrectedV1 = CloudEvent<"QuoteCorrected.v1", "tickertape.market_data", QuoteCorrectedV1Data>;

/** A ticker's fall from its peak, and its place among the others. */
export interface DrawdownsRankedV1RankedDrawdown {
  /** 1 has fallen furthest; equal falls are in order of ticker */
  rank: number;
  /** canonical symbol */
  ticker: string;
  /** the day's close, US dollars */
  close: DecimalText;
  /** highest price of the window, US dollars */
  peak: DecimalText;
  /** the day it stood there */
  peak_date: CalendarDate;
  /** (close − peak) ÷ peak × 100, two places (-100 … 0) */
  drawdown_pct: DecimalText;
  /** sessions since peak_date */
  sessions_since_peak: number;
}

/** A ticker that has no rank, and why. */
export interface DrawdownsRankedV1SetAside {
  /** canonical symbol */
  ticker: string;
  /** what its bars lack */
  why: "no_bar" | "too_few_bars" | "suspect_split" | "outlier" | Unheard;
}

/** How far each ticker of a universe has fallen from its peak, as of a session's close. */
export interface DrawdownsRankedV1Data {
  /** the tickers compared, by their list */
  universe: string;
  /** the day of the close */
  date: CalendarDate;
  /** length of the window in sessions, the day itself included */
  sessions: number;
  /** which price the peak is of */
  peak_of: "close" | "high" | Unheard;
  /** tickers with a rank */
  ranked: number;
  /** tickers without a rank */
  set_aside: readonly DrawdownsRankedV1SetAside[];
  /** the furthest fallen, by rank */
  top: readonly DrawdownsRankedV1RankedDrawdown[];
  /** where all ranks lie, an s3:// address */
  table?: string | null;
}

/**
 * How far each ticker of a universe has fallen from its peak, as of a session's close.
 *
 * Announced by tickertape.market_data, about universe/date.
 */
export type DrawdownsRankedV1 = CloudEvent<"DrawdownsRanked.v1", "tickertape.market_data", DrawdownsRankedV1Data>;

/** A collection got far less, or far more, than such a moment usually brings. */
export interface CollectionAnomalyDetectedV1Data {
  /** what is counted */
  series: string;
  /** the moment that was looked at, UTC */
  minute: Instant;
  /** what was asked for, or the mean of such moments before */
  expected: DecimalText;
  /** what came */
  seen: number;
  /** nothing came, or far from the mean */
  why: "silent" | "unusual" | Unheard;
  /** (seen − mean) ÷ standard deviation of such moments; none when silent or when they never differed */
  z_score?: DecimalText | null;
}

/**
 * A collection got far less, or far more, than such a moment usually brings.
 *
 * Announced by tickertape.market_data, about series/minute.
 */
export type CollectionAnomalyDetectedV1 = CloudEvent<"CollectionAnomalyDetected.v1", "tickertape.market_data", CollectionAnomalyDetectedV1Data>;

/** A forecast of a ticker's direction, made at the close of *date*, for *horizon* sessions ahead. */
export interface DirectionPredictedV1Data {
  /** canonical symbol */
  ticker: string;
  /** the session at whose close it is forecast */
  date: CalendarDate;
  /** sessions (1 … 63) */
  horizon: number;
  /** what is forecast */
  direction: "up" | "down" | "no_edge" | Unheard;
  /** probability that the close is above the reference, 0…1 (0 … 1) */
  probability_up: DecimalText;
  /** walk-forward accuracy of the better of majority class and always-up (0 … 1) */
  baseline: DecimalText;
  /** walk-forward accuracy; none before there is any (0 … 1) */
  accuracy?: DecimalText | null;
  /** lower end of its 95 % Wilson interval (0 … 1) */
  accuracy_low?: DecimalText | null;
  /** upper end of the same interval (0 … 1) */
  accuracy_high?: DecimalText | null;
  /** out-of-sample forecasts behind the accuracy */
  samples: number;
  /** accuracy_low is above the baseline */
  edge: boolean;
  /** which kind of model */
  model: string;
  /** which version of it */
  model_version: string;
  /** SHA-256 over this record and previous_hash */
  record_hash: string;
  /** the record before it; SHA-256 as well */
  previous_hash: string;
  /** close the outcome is measured from */
  reference_close: DecimalText;
}

/**
 * A forecast of a ticker's direction, made at the close of *date*, for *horizon* sessions ahead.
 *
 * Announced by tickertape.prediction, about ticker/date/horizon.
 */
export type DirectionPredictedV1 = CloudEvent<"DirectionPredicted.v1", "tickertape.prediction", DirectionPredictedV1Data>;

/** The close a forecast was about is known; this is what the forecast was worth. */
export interface PredictionResolvedV1Data {
  /** canonical symbol */
  ticker: string;
  /** the session whose close decided */
  resolved_on: CalendarDate;
  /** the session at whose close it was forecast */
  date: CalendarDate;
  /** sessions (1 … 63) */
  horizon: number;
  /** what was forecast */
  direction: "up" | "down" | "no_edge" | Unheard;
  /** probability that the close is above the reference, 0…1 (0 … 1) */
  probability_up: DecimalText;
  /** up: the close is above the reference */
  outcome: "up" | "down" | Unheard;
  /** none where no direction was forecast */
  correct?: boolean | null;
  /** close the outcome is measured from, US dollars */
  reference_close: DecimalText;
  /** close that decided, US dollars */
  close: DecimalText;
  /** (probability up − outcome)², outcome 1 for up; Brier (1950) (0 … 1) */
  brier: DecimalText;
  /** forecasts of this ticker and horizon resolved so far, this one included */
  resolved: number;
  /** mean over them (0 … 1) */
  brier_mean: DecimalText;
  /** the same for a forecast of ½ every time: 0.25 (0 … 1) */
  brier_baseline: DecimalText;
  /** the record of the forecast */
  record_hash: string;
}

/**
 * The close a forecast was about is known; this is what the forecast was worth.
 *
 * Announced by tickertape.prediction, about ticker/date/horizon.
 */
export type PredictionResolvedV1 = CloudEvent<"PredictionResolved.v1", "tickertape.prediction", PredictionResolvedV1Data>;

/** When to tell a follower. One kind, one threshold in the kind's own unit. */
export interface PreferenceStatedV1AlertRule {
  /** what is watched for */
  kind: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard;
  /**
   * price_move and drawdown: per cent; price_level: dollars; sentiment_shift: change of mean polarity;
   * mention_surge: times the usual mentions; direction and daily_summary: not used
   */
  threshold?: DecimalText | null;
  /** how long the rule is silent after it fired; none: for the rest of the New York day (5 … 10080) */
  cooldown_minutes?: number | null;
  /**
   * how far below the line, in the threshold's unit, the figure must have come back before the rule
   * fires again; none: below it at all
   */
  hysteresis?: DecimalText | null;
}

/** From *start* to *end* in the user's own zone nothing is sent; `22:00`–`07:00` runs over midnight. */
export interface PreferenceStatedV1QuietHours {
  /** first quiet minute, in the user's zone */
  start: string;
  /** first minute no longer quiet, in the user's zone */
  end: string;
}

/** A user said, on a channel of theirs, what they want; the app, which keeps it, is to make it so. */
export interface PreferenceStatedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** what the user wants from now on; no_mail: nothing more by mail */
  wish: "follow" | "unfollow" | "quiet" | "no_mail" | Unheard;
  /** way to reach a user */
  channel: "inbox" | "email" | "slack" | "telegram" | "push" | Unheard;
  /** what follow and unfollow are about */
  ticker?: string | null;
  /**
   * when to tell the user of the ticker they follow
   * @default []
   */
  rules?: readonly PreferenceStatedV1AlertRule[];
  /** the hours meant by quiet; none: never quiet */
  quiet_hours?: PreferenceStatedV1QuietHours | null;
  /** when the user said so, UTC */
  stated_at: Instant;
}

/**
 * A user said, on a channel of theirs, what they want; the app, which keeps it, is to make it so.
 *
 * Announced by tickertape.notifications, about user_id/wish/stated_at.
 */
export type PreferenceStatedV1 = CloudEvent<"PreferenceStated.v1", "tickertape.notifications", PreferenceStatedV1Data>;

/** A rule of a user fired; the message is written and goes to these channels. */
export interface AlertFiredV1Data {
  /** the message, on whichever channel */
  notification_id: string;
  /** the user, as the app knows them */
  user_id: string;
  /** what it is about; none when about the whole day */
  ticker?: string | null;
  /** what is watched for */
  rule: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard;
  /** where it goes */
  channels: readonly ("inbox" | "email" | "slack" | "telegram" | "push" | Unheard)[];
  /** headline */
  title: string;
  /** plain text, paragraphs parted by blank lines */
  body: string;
  /** why the rule fired, with its figures */
  reason: string;
  /** when what it tells of happened */
  occurred_at: Instant;
  /** ids of the events behind it */
  evidence: readonly string[];
  /**
   * it gathers alerts that had to wait for its channels
   * @default false
   */
  digest?: boolean;
}

/**
 * A rule of a user fired; the message is written and goes to these channels.
 *
 * Announced by tickertape.notifications, about notification_id.
 */
export type AlertFiredV1 = CloudEvent<"AlertFired.v1", "tickertape.notifications", AlertFiredV1Data>;

/** A user was told something on one channel. */
export interface NotificationSentV1Data {
  /** the message, on whichever channel */
  notification_id: string;
  /** the user, as the app knows them */
  user_id: string;
  /** what it is about; none when about the whole day */
  ticker?: string | null;
  /** what is watched for */
  rule: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard;
  /** way to reach a user */
  channel: "inbox" | "email" | "slack" | "telegram" | "push" | Unheard;
  /** headline */
  title: string;
  /** why the rule fired, with its figures */
  reason: string;
  /** when what it tells of happened */
  occurred_at: Instant;
  /** ids of the events behind it */
  evidence: readonly string[];
}

/**
 * A user was told something on one channel.
 *
 * Announced by tickertape.notifications, about notification_id/channel.
 */
export type NotificationSentV1 = CloudEvent<"NotificationSent.v1", "tickertape.notifications", NotificationSentV1Data>;

/** A rule fired, and the user was not told, or not yet. */
export interface NotificationHeldV1Data {
  /** the message, on whichever channel */
  notification_id: string;
  /** the user, as the app knows them */
  user_id: string;
  /** what it is about; none when about the whole day */
  ticker?: string | null;
  /** what is watched for */
  rule: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard;
  /** why the user is not told, or not yet */
  reason: string;
  /** when it may be sent; none when it will not be */
  until?: Instant | null;
  /** ids of the events behind it */
  evidence: readonly string[];
}

/**
 * A rule fired, and the user was not told, or not yet.
 *
 * Announced by tickertape.notifications, about notification_id.
 */
export type NotificationHeldV1 = CloudEvent<"NotificationHeld.v1", "tickertape.notifications", NotificationHeldV1Data>;

/** A channel refused a message for good. */
export interface NotificationFailedV1Data {
  /** the message, on whichever channel */
  notification_id: string;
  /** the user, as the app knows them */
  user_id: string;
  /** what it is about; none when about the whole day */
  ticker?: string | null;
  /** what is watched for */
  rule: "price_move" | "price_level" | "sentiment_shift" | "mention_surge" | "drawdown" | "direction" | "daily_summary" | Unheard;
  /** way to reach a user */
  channel: "inbox" | "email" | "slack" | "telegram" | "push" | Unheard;
  /** what the channel answered */
  reason: string;
  /** ids of the events behind it */
  evidence: readonly string[];
}

/**
 * A channel refused a message for good.
 *
 * Announced by tickertape.notifications, about notification_id/channel.
 */
export type NotificationFailedV1 = CloudEvent<"NotificationFailed.v1", "tickertape.notifications", NotificationFailedV1Data>;

/** One ticker's day. What nobody said or quoted is absent, never zero. */
export interface DailySummaryPublishedV1TickerDay {
  /** canonical symbol */
  ticker: string;
  /** posts about the ticker, each counted once */
  mentions: number;
  /** different authors among them */
  unique_authors: number;
  /** share of posts that repeat another nearly word for word; none when not known (0 … 1) */
  near_duplicate_share?: DecimalText | null;
  /** sum over posts of 0.7·ln(1+votes) + 0.3·ln(1+comments) */
  engagement: DecimalText;
  /** mentions with a score */
  scored: number;
  /** mean without fallback scores; none when there are no others (-1 … 1) */
  polarity_mean?: DecimalText | null;
  /** population standard deviation (0 … 1) */
  polarity_stddev?: DecimalText | null;
  /** lowest score of the day, −1…1 (-1 … 1) */
  polarity_min?: DecimalText | null;
  /** highest score of the day, −1…1 (-1 … 1) */
  polarity_max?: DecimalText | null;
  /** the mean in a word; unknown without one */
  mood: "moon" | "bullish" | "neutral" | "bearish" | "doom" | "unknown" | Unheard;
  /** last price, US dollars; none without one */
  close?: DecimalText | null;
  /** per cent against the close of the session before; none without both */
  change_pct?: DecimalText | null;
  /** the day in words */
  text: string;
  /** the posts with most engagement */
  sources: readonly string[];
  /** who wrote this text; none when not told */
  written_by?: "template" | "model" | Unheard | null;
  /** why no language model wrote it; none when one did */
  written_why?: string | null;
  /** the mood a language model read in the posts; none without one */
  mood_read?: "moon" | "bullish" | "neutral" | "bearish" | "doom" | Unheard | null;
  /**
   * the posts a language model relied on
   * @default []
   */
  cited?: readonly string[];
}

/** The summary of a day: most discussed tickers first. */
export interface DailySummaryPublishedV1Data {
  /** the day it tells of */
  date: CalendarDate;
  /** first moment it tells of, UTC */
  window_start: Instant;
  /** first moment after it, UTC */
  window_end: Instant;
  /** posts seen in the window */
  posts: number;
  /** share of the posts usual at such hours that collection saw; none when not known (0 … 1) */
  coverage?: DecimalText | null;
  /** the day in a sentence */
  headline: string;
  /** each ticker's day, most discussed first */
  tickers: readonly DailySummaryPublishedV1TickerDay[];
  /** who wrote the words */
  written_by: "template" | "model" | Unheard;
  /** tokens a language model read and wrote for it */
  model_tokens?: number | null;
  /** what they cost, US dollars */
  model_dollars?: DecimalText | null;
}

/**
 * The summary of a day: most discussed tickers first.
 *
 * Announced by tickertape.summaries, about date.
 */
export type DailySummaryPublishedV1 = CloudEvent<"DailySummaryPublished.v1", "tickertape.summaries", DailySummaryPublishedV1Data>;

/** A day's budget for language models does not hold the next call; until tomorrow there is none. */
export interface ModelBudgetReachedV1Data {
  /** whose budget: a caller's, or `all` for everybody's */
  whose: string;
  /** the day the budget is of */
  date: CalendarDate;
  /** tokens it holds a day */
  tokens_limit: number;
  /** US dollars it holds a day */
  dollars_limit: DecimalText;
}

/**
 * A day's budget for language models does not hold the next call; until tomorrow there is none.
 *
 * Announced by tickertape.summaries, about whose/date.
 */
export type ModelBudgetReachedV1 = CloudEvent<"ModelBudgetReached.v1", "tickertape.summaries", ModelBudgetReachedV1Data>;

/** A user's mail about what they watch is written and lies ready to be sent. */
export interface BriefingPreparedV1Data {
  /** the user, as the app knows them */
  user_id: string;
  /** how often it comes */
  cadence: "daily" | "weekly" | "preview" | Unheard;
  /** the last day it tells of */
  date: CalendarDate;
  /** subject of the mail */
  subject_line: string;
  /** what it tells of, most discussed first */
  tickers: readonly string[];
  /** where the plain text lies, an s3:// address */
  text_part: string;
  /** where the HTML lies, an s3:// address */
  html_part: string;
  /** which of two ways to tell it the reader gets */
  variant?: "a" | "b" | Unheard | null;
}

/**
 * A user's mail about what they watch is written and lies ready to be sent.
 *
 * Announced by tickertape.summaries, about user_id/cadence/date.
 */
export type BriefingPreparedV1 = CloudEvent<"BriefingPrepared.v1", "tickertape.summaries", BriefingPreparedV1Data>;

/** Every event by its detail-type. */
export interface EventByType {
  "WatchlistItemAdded.v1": WatchlistItemAddedV1;
  "WatchlistItemRemoved.v1": WatchlistItemRemovedV1;
  "TickerFollowed.v1": TickerFollowedV1;
  "TickerUnfollowed.v1": TickerUnfollowedV1;
  "ContactChanged.v1": ContactChangedV1;
  "UserDeleted.v1": UserDeletedV1;
  "PostIngested.v1": PostIngestedV1;
  "PostRemoved.v1": PostRemovedV1;
  "CollectionCompleted.v1": CollectionCompletedV1;
  "SentimentScored.v1": SentimentScoredV1;
  "SentimentWithheld.v1": SentimentWithheldV1;
  "RescoreCompleted.v1": RescoreCompletedV1;
  "TickerSentimentShifted.v1": TickerSentimentShiftedV1;
  "PriceUpdated.v1": PriceUpdatedV1;
  "DailyBarClosed.v1": DailyBarClosedV1;
  "QuoteCorrected.v1": QuoteCorrectedV1;
  "DrawdownsRanked.v1": DrawdownsRankedV1;
  "CollectionAnomalyDetected.v1": CollectionAnomalyDetectedV1;
  "DirectionPredicted.v1": DirectionPredictedV1;
  "PredictionResolved.v1": PredictionResolvedV1;
  "PreferenceStated.v1": PreferenceStatedV1;
  "AlertFired.v1": AlertFiredV1;
  "NotificationSent.v1": NotificationSentV1;
  "NotificationHeld.v1": NotificationHeldV1;
  "NotificationFailed.v1": NotificationFailedV1;
  "DailySummaryPublished.v1": DailySummaryPublishedV1;
  "ModelBudgetReached.v1": ModelBudgetReachedV1;
  "BriefingPrepared.v1": BriefingPreparedV1;
}

/** A detail-type: what an event's `type` and a bus entry's `detail-type` say. */
export type DetailType = keyof EventByType;

/** Any event. Switch over `type`, and `data` follows; let a default branch take what is new. */
export type TickertapeEvent = EventByType[DetailType];

/** The entry as a rule's target receives it, when no InputPath is set. */
export interface BusEntry<E extends TickertapeEvent = TickertapeEvent> {
  "detail-type": E["type"];
  source: E["source"];
  detail: E;
}

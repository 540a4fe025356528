-- The raw parts as a table for Athena: run once, with RAW_BUCKET replaced by the ingestion stack's output RawBucket.
-- Every column is text: sources disagree on types. Days are found by name, so no partition is ever added.
-- Names of authors stand here, and only for as long as the bucket keeps raw parts (RawDays).
CREATE EXTERNAL TABLE tickertape_raw_posts (
  id string,
  name string,
  subreddit string,
  author string,
  created_utc string,
  title string,
  selftext string,
  body string,
  score string,
  num_comments string,
  permalink string,
  parent_id string,
  removed_by_category string
)
PARTITIONED BY (source string, dt string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')
LOCATION 's3://RAW_BUCKET/raw/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.source.type' = 'enum',
  'projection.source.values' = 'archive,reddit,rss',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2005-06-23,NOW',
  'storage.location.template' = 's3://RAW_BUCKET/raw/source=${source}/dt=${dt}'
);

-- How many rows of a day lie there, and of how many posts:
SELECT source, count(*) AS rows_there, count(DISTINCT id) AS posts
FROM tickertape_raw_posts
WHERE dt = '2021-01-27'
GROUP BY source;

-- The parts of every ranking of drawdowns: run once, with MARKET_BUCKET replaced by the market_data stack's output
-- BucketName. Here `tape drawdowns --sql` asks the same files, where the table is called `runs` and the view `drawdowns`.
CREATE EXTERNAL TABLE tickertape_drawdown_runs (
  `date` date,
  symbol string,
  sessions int,
  peak_of string,
  set_aside string,
  rank int,
  current_price decimal(18,6),
  peak_price decimal(18,6),
  peak_date date,
  drawdown_pct double,
  days_since_peak int,
  sessions_since_peak int,
  volume bigint
)
PARTITIONED BY (universe string, dt string)
STORED AS PARQUET
LOCATION 's3://MARKET_BUCKET/drawdowns/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.universe.type' = 'enum',
  'projection.universe.values' = 'tracked,russell1000',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2019-01-01,NOW',
  'storage.location.template' = 's3://MARKET_BUCKET/drawdowns/universe=${universe}/dt=${dt}'
);

-- What counts: of a day's runs, the last by name.
CREATE VIEW tickertape_drawdowns AS
SELECT * FROM (
  SELECT *, "$path" = max("$path") OVER (PARTITION BY universe, dt) AS counts FROM tickertape_drawdown_runs
)
WHERE counts;

-- The ten furthest below their peak on a day:
SELECT rank, symbol, current_price, peak_price, peak_date, drawdown_pct
FROM tickertape_drawdowns
WHERE universe = 'tracked' AND dt = '2021-01-27' AND rank <= 10
ORDER BY rank;

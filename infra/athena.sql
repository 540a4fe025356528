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

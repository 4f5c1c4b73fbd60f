# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_trebuchet_ad_global_optspecs
    string join \n q/quiet v/verbose threads= concurrency= cache-dir= cache-size= color= h/help V/version
end

function __fish_trebuchet_ad_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_trebuchet_ad_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_trebuchet_ad_using_subcommand
    set -l cmd (__fish_trebuchet_ad_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -f -a "detect" -d 'Find anomalies in files: what was abnormal, when, and why'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -f -a "generate" -d 'Make synthetic records with known anomalies, and the truth about them'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -f -a "ingest" -d 'Bring records into a store: files of any kind, each record once'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -f -a "train" -d 'Make a model: what is usual for each parameter at each hour of the week'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -f -a "status" -d 'Show where a store stands: data, models, what was detected, what is stale or unfinished'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l method -d 'How to tell what is normal [default: adaptive; of a store that of the dataset]' -r -f -a "adaptive\t'Learns level, weekly pattern and spread of each series, follows level shifts, notices silence (adaptive@2)'
adaptive@1\t'Its first version, which stays as it is'
adaptive@2\t'The same, by the name under which results are recorded'
classic\t'Mean ± 3 stdDev of the hour of the week, every exceedance an alert'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l threshold -d 'Surprise from which on a value is abnormal, -log10 of its probability in an ordinary hour [default: that of the method; classic: three standard deviations]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l budget -d 'So many incidents of each series instead of a threshold, such as 1/week: a first pass over the data finds, for each series, the threshold that would have kept to it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l direction -d 'Only deviations on this side matter (above, below, or both), for the parameters that match: \'GLOB=above\', or just \'above\' for all; can be repeated, the last one that matches counts' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l min-change -d 'Only deviations from the expected value by at least so much matter, for the parameters that match: \'GLOB=5\', or \'GLOB=5%\' of the expected value, or without GLOB for all; can be repeated, the last one that matches counts' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l parameter -d 'Only parameters whose name matches; can be repeated' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l timezone -d 'The zone of times without an offset, of the hours of the week, and of the times shown [default: UTC; of a store that of the dataset]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l from -d 'From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset\'s time zone, and with the whole UTC hour that it is in' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l to -d 'Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l model-version -d 'Judge by this model of the store, instead of the newest that detection has come to' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l input-format -d 'The format of the files, where it can\'t be told from their content' -r -f -a "csv\t'Comma-separated values, or another delimiter'
ndjson\t'A JSON record a line'
json\t'A JSON array of records, or records one after the other'
parquet\t'Apache Parquet'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l compression -d 'The compression of the files, where it can\'t be told from their content' -r -f -a "none\t'Not compressed'
gzip\t'gzip'
zstd\t'Zstandard'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l delimiter -d 'The character between the fields of a CSV file: one character, or tab' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l time-column -d 'The column or field with the time' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l parameter-column -d 'The column with the name of the parameter' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l value-column -d 'The column with the value' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l time-unit -d 'The unit of times that are numbers [default: told from their size]' -r -f -a "s\t'Seconds'
ms\t'Milliseconds'
us\t'Microseconds'
ns\t'Nanoseconds'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l max-bad -d 'How many rows may be bad before it counts as an error: a number, or a share such as 1% [default: all but one]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l format -d 'How to show the incidents [default: by the ending of --output, otherwise table]' -r -f -a "table\t'Two lines an incident, for people'
json\t'One document with a summary and the incidents'
ndjson\t'One JSON object a line, for each incident'
csv\t'One row for each incident'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -s o -l output -d 'Write the incidents to a file, or to s3://BUCKET/KEY, instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l top -d 'Show at most so many incidents, the worst; 0 shows all [default: 20 on a terminal, otherwise all]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l scores -d 'Write what is said of every row to a CSV file; for a folder or several files, to a folder with the same tree' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l labels -d 'Compare with labels: NAB\'s JSON, the truth file of generate, or CSV with a label column (a file or a folder)' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l exit-code -d 'End with exit code 3 if there is a new incident: in a store one that began in this run, in files any. With =any also if one that began before goes on or has ended' -r -f -a "new\t'New ones'
any\t'All that are shown, also those that began before'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l concat -d 'Take all files as one, instead of each as a series of its own'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -l dry-run -d 'Write nothing to the store; with any --threshold, --direction and --min-change'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -a "list" -d 'List the incidents that detection in a store has recorded, the newest first, without detecting anything'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and not __fish_seen_subcommand_from list help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l from -d 'From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset\'s time zone, and with the whole UTC hour that it is in' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l to -d 'Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l last -d 'Only the last so many hours or days: 24h, 7d' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l parameter -d 'Only parameters whose name matches; can be repeated' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l severity -d 'Only incidents of this level or worse' -r -f -a "low\t'Score from 0'
medium\t'Score from 1'
high\t'Score from 2'
critical\t'Score from 4'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -l open -d 'Only incidents that go on'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the incidents that detection in a store has recorded, the newest first, without detecting anything'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand detect; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l preset -d 'What is simulated; it decides the parameters and the course of a week' -r -f -a "web\t'A web shop: busy by day, less at the weekend'
batch\t'Batch jobs: busy at night'
iot\t'Sensors: they follow the sun'
flat\t'Constant levels and noise'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l seed -d 'The same seed gives the same data' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l from -d 'Start of the range: RFC 3339, or a date or civil time in the time zone' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l to -d 'End of the range, exclusive' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l days -d 'Length of the range in days, where --to is not given' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l every -d 'Time from one sample to the next' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l timezone -d 'IANA time zone in which days and weeks begin and dates are read' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l parameters -d 'Number of parameters; more than a preset knows are numbered (cpu.01, cpu.02)' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l trend -d 'Growth of the levels, of what they are at the start; negative for a decline' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l noise -d 'How values scatter around their level' -r -f -a "normal\t'Normally distributed'
heavy\t'Heavy-tailed: Student\'s t with 3 degrees of freedom'
counts\t'Whole numbers: Poisson distributed around the level'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l noise-size -d 'Standard deviation of the noise, relative to the level [default: 0.05% to 10%, by parameter]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l missing -d 'Share of samples that are missing, one by one, but never within an anomaly' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l late -d 'Share of records that come late, by up to an hour' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l duplicates -d 'Share of records that come twice, one right after the other' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l events -d 'Events, such as deployments, at random times (NDJSON only)' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l logs -d 'Log lines at random times (NDJSON only)' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l anomalies -d 'Anomalies of each parameter, after the first three days and the first fifth of the range [default: 3, or as many as fit]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l kinds -d 'Kinds of anomalies, planted in turn [default: all]' -r -f -a "spike\t'1 to 3 samples far above'
dip\t'1 to 3 samples far below'
level-shift\t'Up or down for 6 to 24 hours'
drift\t'Away bit by bit over 12 to 36 hours, and back at once'
flatline\t'The same value for 2 to 6 hours'
variance-burst\t'Stronger noise for 1 to 3 hours'
silence\t'No samples for 2 to 6 hours'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l size -d 'How far values are moved, or how much stronger noise is, in standard deviations of the noise' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -s o -l output -d 'Where the data goes, a file or s3://BUCKET/KEY; an ending of .gz or .zst compresses NDJSON and CSV [default: standard output]' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l format -d 'How the data is written [default: by the ending of --output, or ndjson]' -r -f -a "ndjson\t'A JSON document a line: metrics, events and log lines'
csv\t'A table with a column for each parameter'
parquet\t'Rows of event_time, parameter and value'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l truth -d 'Where the truth about the anomalies goes [default: beside --output, as in data.truth.ndjson]' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l order -d 'Order of the rows in Parquet [default: parameter]' -r -f -a "parameter\t'By parameter, then by time'
time\t'By time, then by parameter'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -l dry-run -d 'Say what would be written, and write nothing'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand generate" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l layout -d 'How deep the folders of a new store are [default: compact]' -r -f -a "compact\t'Few, large objects'
full\t'Every key is a folder, for stores that others read by path'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l encryption -d 'How S3 encrypts the objects of a new store [default: as the bucket does]' -r -f -a "AES256\t'With keys of S3 (SSE-S3)'
aws:kms\t'With a key of KMS (SSE-KMS)'
aws:kms:dsse\t'Twice, with a key of KMS (DSSE-KMS)'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l kms-key -d 'The KMS key that encrypts them (ARN, id or alias) [default: AWS\'s own]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l raw-storage-class -d 'The storage class of raw records in a new store on S3, such as STANDARD_IA [default: STANDARD]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l time-column -l time-field -d 'The column or field with the time' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l time-unit -d 'The unit of times that are numbers [default: told from their size]' -r -f -a "s\t'Seconds'
ms\t'Milliseconds'
us\t'Microseconds'
ns\t'Nanoseconds'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l timezone -d 'The zone of times without an offset, and of the hours of the week [default: UTC]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l kind -d 'What all records are, whatever they say' -r -f -a "metric\t'Quantities at a moment'
event\t'Something that happened'
log\t'Lines of a log'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l kind-field -d 'The field that says what a record is (metric, event or log) [default: kind]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l parameter-column -l parameter-field -d 'The column or field with the name of the parameter' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l value-column -l value-field -d 'The column or field with its value' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l name-field -d 'A field whose value comes before the names of the parameters: web1.cpu' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l parameter -d 'Which fields are parameters, as a pattern; can be repeated [default: all numbers]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l identity -d 'When two records of an hour are the same: when their text is, when they come from the same position of the same source, or when this field is (field:NAME for one called text or position) [default: text]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l input-format -d 'The format of the files, where it can\'t be told from their content' -r -f -a "csv\t'Comma-separated values, or another delimiter'
ndjson\t'A JSON record a line'
json\t'A JSON array of records, or records one after the other'
parquet\t'Apache Parquet'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l compression -d 'The compression of the files, where it can\'t be told from their content' -r -f -a "none\t'Not compressed'
gzip\t'gzip'
zstd\t'Zstandard'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l delimiter -d 'The character between the fields of a CSV file: one character, or tab' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l max-bad -d 'How many records may be bad, or nothing is written: a number, or a share such as 1% [default: all but one]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l memory -d 'How much memory records may take, about, before temporary files are used' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l format -d 'How to tell what was done; json goes to standard output [default: by the ending of --output, otherwise table]' -r -f -a "table\t'A few lines on standard error'
json\t'One document'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -s o -l output -d 'Write what was done to a file' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l init -d 'Make the store if there is none'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -l dry-run -d 'Read everything, and only tell what would be written'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -a "list" -d 'List the runs of ingest with what they brought, the newest first'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -a "quarantine" -d 'Show the records that could not be used, write them to files to be mended, or forget them'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -a "revoke" -d 'Take mistaken runs of ingest out of sight of everyone who reads the store'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and not __fish_seen_subcommand_from list quarantine revoke help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l last -d 'Only the last so many runs' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l source -d 'Only records of sources whose name matches' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l export -d 'Write the records to a folder, a file for each source, to be mended and ingested again' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l format -d 'How to show the records [default: by the ending of --output, otherwise table]' -r -f -a "table\t'Two lines an incident, for people'
json\t'One document with a summary and the incidents'
ndjson\t'One JSON object a line, for each incident'
csv\t'One row for each incident'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -s o -l output -d 'Write them to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l clear -d 'Show these records no more: they were mended, or don\'t matter'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -l dry-run -d 'Only tell what --export or --clear would do'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from quarantine" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -l dry-run -d 'Only tell what would be done'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from revoke" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the runs of ingest with what they brought, the newest first'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from help" -f -a "quarantine" -d 'Show the records that could not be used, write them to files to be mended, or forget them'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Take mistaken runs of ingest out of sight of everyone who reads the store'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand ingest; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l from -d 'From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset\'s time zone, and with the whole UTC hour that it is in' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l to -d 'Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -l dry-run -d 'Say what the model would be, and write nothing'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -f -a "list" -d 'List the models of the dataset'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -f -a "show" -d 'Show a model: the history behind each parameter, the slots of some, or what was left out'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -f -a "diff" -d 'Show what changed from one model to another, the largest changes first'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and not __fish_seen_subcommand_from list show diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l parameter -d 'Show the slots of the parameters that match; can be repeated' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -l left-out -d 'Show the hours that were left out, and why'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l parameter -d 'Only parameters that match; can be repeated' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from diff" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the models of the dataset'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a model: the history behind each parameter, the slots of some, or what was left out'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Show what changed from one model to another, the largest changes first'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand train; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l format -d 'Write it as [default: by the ending of --output, else a table]' -r -f -a "table\t'A table, for people'
json\t'One document'
csv\t'A line for each row'"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -s o -l output -d 'Write it to a file instead of standard output' -r -F
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l store -d 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l dataset -d 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l threads -d 'Use so many threads [default: all cores]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l concurrency -d 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l cache-dir -d 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l cache-size -d 'How much they may take; what was used longest ago goes first [default: 10G]' -r
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t''
always\t''
never\t''"
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -l check -d 'Try every permission that the subcommands need on the store, and say which are missing'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -s q -l quiet -d 'Say nothing on standard error but errors'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -s v -l verbose -d 'Say more on standard error'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand status" -s V -l version -d 'Print version'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and not __fish_seen_subcommand_from detect generate ingest train status help" -f -a "detect" -d 'Find anomalies in files: what was abnormal, when, and why'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and not __fish_seen_subcommand_from detect generate ingest train status help" -f -a "generate" -d 'Make synthetic records with known anomalies, and the truth about them'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and not __fish_seen_subcommand_from detect generate ingest train status help" -f -a "ingest" -d 'Bring records into a store: files of any kind, each record once'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and not __fish_seen_subcommand_from detect generate ingest train status help" -f -a "train" -d 'Make a model: what is usual for each parameter at each hour of the week'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and not __fish_seen_subcommand_from detect generate ingest train status help" -f -a "status" -d 'Show where a store stands: data, models, what was detected, what is stale or unfinished'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and not __fish_seen_subcommand_from detect generate ingest train status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from detect" -f -a "list" -d 'List the incidents that detection in a store has recorded, the newest first, without detecting anything'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from ingest" -f -a "list" -d 'List the runs of ingest with what they brought, the newest first'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from ingest" -f -a "quarantine" -d 'Show the records that could not be used, write them to files to be mended, or forget them'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from ingest" -f -a "revoke" -d 'Take mistaken runs of ingest out of sight of everyone who reads the store'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from train" -f -a "list" -d 'List the models of the dataset'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from train" -f -a "show" -d 'Show a model: the history behind each parameter, the slots of some, or what was left out'
complete -c trebuchet-ad -n "__fish_trebuchet_ad_using_subcommand help; and __fish_seen_subcommand_from train" -f -a "diff" -d 'Show what changed from one model to another, the largest changes first'

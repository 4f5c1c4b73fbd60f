
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'trebuchet-ad' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'trebuchet-ad'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'trebuchet-ad' {
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('detect', 'detect', [CompletionResultType]::ParameterValue, 'Find anomalies in files: what was abnormal, when, and why')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make synthetic records with known anomalies, and the truth about them')
            [CompletionResult]::new('ingest', 'ingest', [CompletionResultType]::ParameterValue, 'Bring records into a store: files of any kind, each record once')
            [CompletionResult]::new('train', 'train', [CompletionResultType]::ParameterValue, 'Make a model: what is usual for each parameter at each hour of the week')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where a store stands: data, models, what was detected, what is stale or unfinished')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;detect' {
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'How to tell what is normal [default: adaptive; of a store that of the dataset]')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'Surprise from which on a value is abnormal, -log10 of its probability in an ordinary hour [default: that of the method; classic: three standard deviations]')
            [CompletionResult]::new('--budget', '--budget', [CompletionResultType]::ParameterName, 'So many incidents of each series instead of a threshold, such as 1/week: a first pass over the data finds, for each series, the threshold that would have kept to it')
            [CompletionResult]::new('--direction', '--direction', [CompletionResultType]::ParameterName, 'Only deviations on this side matter (above, below, or both), for the parameters that match: ''GLOB=above'', or just ''above'' for all; can be repeated, the last one that matches counts')
            [CompletionResult]::new('--min-change', '--min-change', [CompletionResultType]::ParameterName, 'Only deviations from the expected value by at least so much matter, for the parameters that match: ''GLOB=5'', or ''GLOB=5%'' of the expected value, or without GLOB for all; can be repeated, the last one that matches counts')
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'Only parameters whose name matches; can be repeated')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'The zone of times without an offset, of the hours of the week, and of the times shown [default: UTC; of a store that of the dataset]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset''s time zone, and with the whole UTC hour that it is in')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole')
            [CompletionResult]::new('--model-version', '--model-version', [CompletionResultType]::ParameterName, 'Judge by this model of the store, instead of the newest that detection has come to')
            [CompletionResult]::new('--input-format', '--input-format', [CompletionResultType]::ParameterName, 'The format of the files, where it can''t be told from their content')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'The compression of the files, where it can''t be told from their content')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'The character between the fields of a CSV file: one character, or tab')
            [CompletionResult]::new('--time-column', '--time-column', [CompletionResultType]::ParameterName, 'The column or field with the time')
            [CompletionResult]::new('--parameter-column', '--parameter-column', [CompletionResultType]::ParameterName, 'The column with the name of the parameter')
            [CompletionResult]::new('--value-column', '--value-column', [CompletionResultType]::ParameterName, 'The column with the value')
            [CompletionResult]::new('--time-unit', '--time-unit', [CompletionResultType]::ParameterName, 'The unit of times that are numbers [default: told from their size]')
            [CompletionResult]::new('--max-bad', '--max-bad', [CompletionResultType]::ParameterName, 'How many rows may be bad before it counts as an error: a number, or a share such as 1% [default: all but one]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to show the incidents [default: by the ending of --output, otherwise table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the incidents to a file, or to s3://BUCKET/KEY, instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the incidents to a file, or to s3://BUCKET/KEY, instead of standard output')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show at most so many incidents, the worst; 0 shows all [default: 20 on a terminal, otherwise all]')
            [CompletionResult]::new('--scores', '--scores', [CompletionResultType]::ParameterName, 'Write what is said of every row to a CSV file; for a folder or several files, to a folder with the same tree')
            [CompletionResult]::new('--labels', '--labels', [CompletionResultType]::ParameterName, 'Compare with labels: NAB''s JSON, the truth file of generate, or CSV with a label column (a file or a folder)')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'End with exit code 3 if there is a new incident: in a store one that began in this run, in files any. With =any also if one that began before goes on or has ended')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--concat', '--concat', [CompletionResultType]::ParameterName, 'Take all files as one, instead of each as a series of its own')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Write nothing to the store; with any --threshold, --direction and --min-change')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the incidents that detection in a store has recorded, the newest first, without detecting anything')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;detect;list' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset''s time zone, and with the whole UTC hour that it is in')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last so many hours or days: 24h, 7d')
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'Only parameters whose name matches; can be repeated')
            [CompletionResult]::new('--severity', '--severity', [CompletionResultType]::ParameterName, 'Only incidents of this level or worse')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Only incidents that go on')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;detect;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the incidents that detection in a store has recorded, the newest first, without detecting anything')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;detect;help;list' {
            break
        }
        'trebuchet-ad;detect;help;help' {
            break
        }
        'trebuchet-ad;generate' {
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'What is simulated; it decides the parameters and the course of a week')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'The same seed gives the same data')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Start of the range: RFC 3339, or a date or civil time in the time zone')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'End of the range, exclusive')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'Length of the range in days, where --to is not given')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Time from one sample to the next')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'IANA time zone in which days and weeks begin and dates are read')
            [CompletionResult]::new('--parameters', '--parameters', [CompletionResultType]::ParameterName, 'Number of parameters; more than a preset knows are numbered (cpu.01, cpu.02)')
            [CompletionResult]::new('--trend', '--trend', [CompletionResultType]::ParameterName, 'Growth of the levels, of what they are at the start; negative for a decline')
            [CompletionResult]::new('--noise', '--noise', [CompletionResultType]::ParameterName, 'How values scatter around their level')
            [CompletionResult]::new('--noise-size', '--noise-size', [CompletionResultType]::ParameterName, 'Standard deviation of the noise, relative to the level [default: 0.05% to 10%, by parameter]')
            [CompletionResult]::new('--missing', '--missing', [CompletionResultType]::ParameterName, 'Share of samples that are missing, one by one, but never within an anomaly')
            [CompletionResult]::new('--late', '--late', [CompletionResultType]::ParameterName, 'Share of records that come late, by up to an hour')
            [CompletionResult]::new('--duplicates', '--duplicates', [CompletionResultType]::ParameterName, 'Share of records that come twice, one right after the other')
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Events, such as deployments, at random times (NDJSON only)')
            [CompletionResult]::new('--logs', '--logs', [CompletionResultType]::ParameterName, 'Log lines at random times (NDJSON only)')
            [CompletionResult]::new('--anomalies', '--anomalies', [CompletionResultType]::ParameterName, 'Anomalies of each parameter, after the first three days and the first fifth of the range [default: 3, or as many as fit]')
            [CompletionResult]::new('--kinds', '--kinds', [CompletionResultType]::ParameterName, 'Kinds of anomalies, planted in turn [default: all]')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'How far values are moved, or how much stronger noise is, in standard deviations of the noise')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the data goes, a file or s3://BUCKET/KEY; an ending of .gz or .zst compresses NDJSON and CSV [default: standard output]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the data goes, a file or s3://BUCKET/KEY; an ending of .gz or .zst compresses NDJSON and CSV [default: standard output]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the data is written [default: by the ending of --output, or ndjson]')
            [CompletionResult]::new('--truth', '--truth', [CompletionResultType]::ParameterName, 'Where the truth about the anomalies goes [default: beside --output, as in data.truth.ndjson]')
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'Order of the rows in Parquet [default: parameter]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be written, and write nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;ingest' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'How deep the folders of a new store are [default: compact]')
            [CompletionResult]::new('--encryption', '--encryption', [CompletionResultType]::ParameterName, 'How S3 encrypts the objects of a new store [default: as the bucket does]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts them (ARN, id or alias) [default: AWS''s own]')
            [CompletionResult]::new('--raw-storage-class', '--raw-storage-class', [CompletionResultType]::ParameterName, 'The storage class of raw records in a new store on S3, such as STANDARD_IA [default: STANDARD]')
            [CompletionResult]::new('--time-column', '--time-column', [CompletionResultType]::ParameterName, 'The column or field with the time')
            [CompletionResult]::new('--time-field', '--time-field', [CompletionResultType]::ParameterName, 'The column or field with the time')
            [CompletionResult]::new('--time-unit', '--time-unit', [CompletionResultType]::ParameterName, 'The unit of times that are numbers [default: told from their size]')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'The zone of times without an offset, and of the hours of the week [default: UTC]')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'What all records are, whatever they say')
            [CompletionResult]::new('--kind-field', '--kind-field', [CompletionResultType]::ParameterName, 'The field that says what a record is (metric, event or log) [default: kind]')
            [CompletionResult]::new('--parameter-column', '--parameter-column', [CompletionResultType]::ParameterName, 'The column or field with the name of the parameter')
            [CompletionResult]::new('--parameter-field', '--parameter-field', [CompletionResultType]::ParameterName, 'The column or field with the name of the parameter')
            [CompletionResult]::new('--value-column', '--value-column', [CompletionResultType]::ParameterName, 'The column or field with its value')
            [CompletionResult]::new('--value-field', '--value-field', [CompletionResultType]::ParameterName, 'The column or field with its value')
            [CompletionResult]::new('--name-field', '--name-field', [CompletionResultType]::ParameterName, 'A field whose value comes before the names of the parameters: web1.cpu')
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'Which fields are parameters, as a pattern; can be repeated [default: all numbers]')
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'When two records of an hour are the same: when their text is, when they come from the same position of the same source, or when this field is (field:NAME for one called text or position) [default: text]')
            [CompletionResult]::new('--input-format', '--input-format', [CompletionResultType]::ParameterName, 'The format of the files, where it can''t be told from their content')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'The compression of the files, where it can''t be told from their content')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'The character between the fields of a CSV file: one character, or tab')
            [CompletionResult]::new('--max-bad', '--max-bad', [CompletionResultType]::ParameterName, 'How many records may be bad, or nothing is written: a number, or a share such as 1% [default: all but one]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'How much memory records may take, about, before temporary files are used')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to tell what was done; json goes to standard output [default: by the ending of --output, otherwise table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write what was done to a file')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write what was done to a file')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--init', '--init', [CompletionResultType]::ParameterName, 'Make the store if there is none')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Read everything, and only tell what would be written')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the runs of ingest with what they brought, the newest first')
            [CompletionResult]::new('quarantine', 'quarantine', [CompletionResultType]::ParameterValue, 'Show the records that could not be used, write them to files to be mended, or forget them')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take mistaken runs of ingest out of sight of everyone who reads the store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;ingest;list' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last so many runs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;ingest;quarantine' {
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Only records of sources whose name matches')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Write the records to a folder, a file for each source, to be mended and ingested again')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to show the records [default: by the ending of --output, otherwise table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write them to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write them to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--clear', '--clear', [CompletionResultType]::ParameterName, 'Show these records no more: they were mended, or don''t matter')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only tell what --export or --clear would do')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;ingest;revoke' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only tell what would be done')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;ingest;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the runs of ingest with what they brought, the newest first')
            [CompletionResult]::new('quarantine', 'quarantine', [CompletionResultType]::ParameterValue, 'Show the records that could not be used, write them to files to be mended, or forget them')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take mistaken runs of ingest out of sight of everyone who reads the store')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;ingest;help;list' {
            break
        }
        'trebuchet-ad;ingest;help;quarantine' {
            break
        }
        'trebuchet-ad;ingest;help;revoke' {
            break
        }
        'trebuchet-ad;ingest;help;help' {
            break
        }
        'trebuchet-ad;train' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset''s time zone, and with the whole UTC hour that it is in')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what the model would be, and write nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the models of the dataset')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a model: the history behind each parameter, the slots of some, or what was left out')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed from one model to another, the largest changes first')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;train;list' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;train;show' {
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'Show the slots of the parameters that match; can be repeated')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--left-out', '--left-out', [CompletionResultType]::ParameterName, 'Show the hours that were left out, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;train;diff' {
            [CompletionResult]::new('--parameter', '--parameter', [CompletionResultType]::ParameterName, 'Only parameters that match; can be repeated')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;train;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the models of the dataset')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a model: the history behind each parameter, the slots of some, or what was left out')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed from one model to another, the largest changes first')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;train;help;list' {
            break
        }
        'trebuchet-ad;train;help;show' {
            break
        }
        'trebuchet-ad;train;help;diff' {
            break
        }
        'trebuchet-ad;train;help;help' {
            break
        }
        'trebuchet-ad;status' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Write it as [default: by the ending of --output, else a table]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write it to a file instead of standard output')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET, or dataset in trebuchet.toml, or the only one of the store]')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Use so many threads [default: all cores]; results do not depend on it')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Have so many requests to S3 under way at once [default: 32]; results do not depend on it')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]')
            [CompletionResult]::new('--cache-size', '--cache-size', [CompletionResultType]::ParameterName, 'How much they may take; what was used longest ago goes first [default: 10G]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Try every permission that the subcommands need on the store, and say which are missing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing on standard error but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'trebuchet-ad;help' {
            [CompletionResult]::new('detect', 'detect', [CompletionResultType]::ParameterValue, 'Find anomalies in files: what was abnormal, when, and why')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make synthetic records with known anomalies, and the truth about them')
            [CompletionResult]::new('ingest', 'ingest', [CompletionResultType]::ParameterValue, 'Bring records into a store: files of any kind, each record once')
            [CompletionResult]::new('train', 'train', [CompletionResultType]::ParameterValue, 'Make a model: what is usual for each parameter at each hour of the week')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where a store stands: data, models, what was detected, what is stale or unfinished')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'trebuchet-ad;help;detect' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the incidents that detection in a store has recorded, the newest first, without detecting anything')
            break
        }
        'trebuchet-ad;help;detect;list' {
            break
        }
        'trebuchet-ad;help;generate' {
            break
        }
        'trebuchet-ad;help;ingest' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the runs of ingest with what they brought, the newest first')
            [CompletionResult]::new('quarantine', 'quarantine', [CompletionResultType]::ParameterValue, 'Show the records that could not be used, write them to files to be mended, or forget them')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take mistaken runs of ingest out of sight of everyone who reads the store')
            break
        }
        'trebuchet-ad;help;ingest;list' {
            break
        }
        'trebuchet-ad;help;ingest;quarantine' {
            break
        }
        'trebuchet-ad;help;ingest;revoke' {
            break
        }
        'trebuchet-ad;help;train' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the models of the dataset')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a model: the history behind each parameter, the slots of some, or what was left out')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed from one model to another, the largest changes first')
            break
        }
        'trebuchet-ad;help;train;list' {
            break
        }
        'trebuchet-ad;help;train;show' {
            break
        }
        'trebuchet-ad;help;train;diff' {
            break
        }
        'trebuchet-ad;help;status' {
            break
        }
        'trebuchet-ad;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}

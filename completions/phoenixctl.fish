# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_phoenixctl_global_optspecs
    string join \n server= data-dir= o/output= h/help V/version
end

function __fish_phoenixctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_phoenixctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_phoenixctl_using_subcommand
    set -l cmd (__fish_phoenixctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -s V -l version -d 'Print version'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "validate" -d 'Check an experiment file: every mistake at once, without a server'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "preview" -d 'Show both collector configurations that an experiment file leads to, without a server'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "run" -d 'Create, start and watch an experiment, and print its report'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "create" -d 'Create an experiment'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "list" -d 'List experiments, newest first'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "get" -d 'Show an experiment'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "watch" -d 'Follow an experiment until it ends, and print its report'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "wait" -d 'Wait quietly until an experiment has ended, or has come to a state'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "start" -d 'Start an experiment that waits for it'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "pause" -d 'Pause the run of an experiment: its clock stops, its collectors go on, nothing is sampled'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "resume" -d 'Go on with a paused run'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "stop" -d 'End the run of an experiment and judge what there is'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "cancel" -d 'End an experiment that is not wanted any more, without a verdict'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "abort" -d 'End an experiment as failed, without a verdict, because something is wrong with it'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "delete" -d 'Delete an experiment that has ended'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "history" -d 'Show what has happened to an experiment'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "report" -d 'Show the comparison and the verdict, or write them as a document with charts'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "man" -d 'Write the manual pages into a directory'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "freeze" -d 'Freeze the controller: no experiment starts until the thaw. What has started goes on'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "thaw" -d 'End a freeze: experiments may start again, and overdue scheduled ones do'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "explain" -d 'Explain an error code, a reason of an experiment, or a rule for configurations. Needs no server'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "doctor" -d 'Check this host: data directory, database, collector, ports, processes, clock, head-room, and the server if one runs'
complete -c phoenixctl -n "__fish_phoenixctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand validate" -s f -l file -d 'Experiment file (YAML or JSON); `-` reads standard input' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand validate" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand validate" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand validate" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand preview" -s f -l file -d 'Experiment file (YAML or JSON); `-` reads standard input' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand preview" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand preview" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand preview" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand preview" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand run" -s f -l file -d 'Experiment file (YAML or JSON); `-` reads standard input' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand run" -l timeout -d 'Longest time to wait for the end, such as 45m; the experiment goes on when it has passed' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand run" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand run" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand run" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand create" -s f -l file -d 'Experiment file (YAML or JSON); `-` reads standard input' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand create" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand create" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand create" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -l state -d 'Only these states, separated by commas' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -l label -d 'Only experiments with this label; may be given several times, then all of them must be there' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -l limit -d 'Most experiments to show' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -l all -d 'Show all of them, however many there are'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand get" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand get" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand get" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand watch" -l timeout -d 'Longest time to wait for the end, such as 45m; the experiment goes on when it has passed' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand watch" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand watch" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand watch" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand wait" -l for -d 'What to wait for: its end, or that it has come to this state or beyond' -r -f -a "ended\t''
initializing\t''
deploying\t''
running\t''
analyzing\t''
completed\t''
failed\t''
cancelled\t''"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand wait" -l timeout -d 'Longest time to wait, such as 45m; the experiment goes on when it has passed' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand wait" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand wait" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand wait" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand start" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand start" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand start" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand pause" -l reason -d 'Why; recorded in the history' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand pause" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand pause" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand pause" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand resume" -l reason -d 'Why; recorded in the history' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand resume" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand resume" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand resume" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand stop" -l reason -d 'Why; recorded in the history' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand stop" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand stop" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand stop" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand cancel" -l reason -d 'Why; recorded in the history' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand cancel" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand cancel" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand cancel" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand abort" -l reason -d 'What is wrong; it is what everybody reads who finds the failed experiment' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand abort" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand abort" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand abort" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand delete" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand delete" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand delete" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand history" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand history" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand history" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -l format -d 'Write a document to hand on: the whole report with configurations, their difference, evidence and events' -r -f -a "markdown\t'For a pull request or a ticket'
html\t'One page with charts that needs no other file'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -l out -d 'Write to this file instead of the standard output. Its ending (.html, .md, .json, .yaml) decides the form unless --format or -o does' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -l lost -d 'List every executable that the candidate lost, with its host and how often each pipeline saw it'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand completions" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand completions" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand completions" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand man" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand man" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand man" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand freeze" -l reason -d 'Why; whoever wants to start something is told' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand freeze" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand freeze" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand freeze" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand freeze" -l show -d 'Only show whether the controller is frozen, since when, by whom and why'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand freeze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand thaw" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand thaw" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand thaw" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand thaw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand explain" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand explain" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand explain" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand doctor" -l server -d 'URL of the server\'s REST API [default: the server of the data directory, else `http://127.0.0.1:8081`]' -r
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand doctor" -l data-dir -d 'Data directory of a server on this host: its token and addresses are found there' -r -F
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand doctor" -s o -l output -d 'How answers are printed' -r -f -a "table\t'For people'
json\t'JSON, as the server\'s REST API answers'
yaml\t'The same as YAML'"
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "validate" -d 'Check an experiment file: every mistake at once, without a server'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "preview" -d 'Show both collector configurations that an experiment file leads to, without a server'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "run" -d 'Create, start and watch an experiment, and print its report'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "create" -d 'Create an experiment'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "list" -d 'List experiments, newest first'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "get" -d 'Show an experiment'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "watch" -d 'Follow an experiment until it ends, and print its report'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "wait" -d 'Wait quietly until an experiment has ended, or has come to a state'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "start" -d 'Start an experiment that waits for it'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "pause" -d 'Pause the run of an experiment: its clock stops, its collectors go on, nothing is sampled'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "resume" -d 'Go on with a paused run'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "stop" -d 'End the run of an experiment and judge what there is'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "cancel" -d 'End an experiment that is not wanted any more, without a verdict'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "abort" -d 'End an experiment as failed, without a verdict, because something is wrong with it'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "delete" -d 'Delete an experiment that has ended'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "history" -d 'Show what has happened to an experiment'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "report" -d 'Show the comparison and the verdict, or write them as a document with charts'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "completions" -d 'Print the completions of a shell'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "man" -d 'Write the manual pages into a directory'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "freeze" -d 'Freeze the controller: no experiment starts until the thaw. What has started goes on'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "thaw" -d 'End a freeze: experiments may start again, and overdue scheduled ones do'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "explain" -d 'Explain an error code, a reason of an experiment, or a rule for configurations. Needs no server'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "doctor" -d 'Check this host: data directory, database, collector, ports, processes, clock, head-room, and the server if one runs'
complete -c phoenixctl -n "__fish_phoenixctl_using_subcommand help; and not __fish_seen_subcommand_from validate preview run create list get watch wait start pause resume stop cancel abort delete history report completions man freeze thaw explain doctor help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'

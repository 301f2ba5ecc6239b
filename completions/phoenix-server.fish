# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_phoenix_server_global_optspecs
    string join \n config= data-dir= http-port= grpc-port= collector= h/help V/version
end

function __fish_phoenix_server_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_phoenix_server_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_phoenix_server_using_subcommand
    set -l cmd (__fish_phoenix_server_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -l config -d 'Configuration file (YAML)' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -l data-dir -d 'Data directory [default: `PHOENIX_DATA_DIR`, else `phoenix` in the user\'s state directory]' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -l http-port -d 'Port of the REST API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -l grpc-port -d 'Port of the gRPC API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -l collector -d 'Path of the collector' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -s V -l version -d 'Print version'
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -f -a "config" -d 'Look at the configuration'
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -f -a "migrate" -d 'Apply the store\'s migrations and end'
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -f -a "collector" -d 'Print the path of the collector, building it once when there is none'
complete -c phoenix-server -n "__fish_phoenix_server_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and not __fish_seen_subcommand_from check print help" -s h -l help -d 'Print help'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and not __fish_seen_subcommand_from check print help" -f -a "check" -d 'Check it, and end with 2 when it cannot be used'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and not __fish_seen_subcommand_from check print help" -f -a "print" -d 'Print it as it is in effect'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and not __fish_seen_subcommand_from check print help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Configuration file (YAML)' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from check" -l data-dir -d 'Data directory [default: `PHOENIX_DATA_DIR`, else `phoenix` in the user\'s state directory]' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from check" -l http-port -d 'Port of the REST API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from check" -l grpc-port -d 'Port of the gRPC API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from check" -l collector -d 'Path of the collector' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from print" -l config -d 'Configuration file (YAML)' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from print" -l data-dir -d 'Data directory [default: `PHOENIX_DATA_DIR`, else `phoenix` in the user\'s state directory]' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from print" -l http-port -d 'Port of the REST API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from print" -l grpc-port -d 'Port of the gRPC API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from print" -l collector -d 'Path of the collector' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from print" -s h -l help -d 'Print help'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check it, and end with 2 when it cannot be used'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "print" -d 'Print it as it is in effect'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand migrate" -l config -d 'Configuration file (YAML)' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand migrate" -l data-dir -d 'Data directory [default: `PHOENIX_DATA_DIR`, else `phoenix` in the user\'s state directory]' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand migrate" -l http-port -d 'Port of the REST API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand migrate" -l grpc-port -d 'Port of the gRPC API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand migrate" -l collector -d 'Path of the collector' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand migrate" -s h -l help -d 'Print help'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand collector" -l config -d 'Configuration file (YAML)' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand collector" -l data-dir -d 'Data directory [default: `PHOENIX_DATA_DIR`, else `phoenix` in the user\'s state directory]' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand collector" -l http-port -d 'Port of the REST API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand collector" -l grpc-port -d 'Port of the gRPC API; 0 takes a free one' -r
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand collector" -l collector -d 'Path of the collector' -r -F
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand collector" -s h -l help -d 'Print help'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand help; and not __fish_seen_subcommand_from config migrate collector help" -f -a "config" -d 'Look at the configuration'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand help; and not __fish_seen_subcommand_from config migrate collector help" -f -a "migrate" -d 'Apply the store\'s migrations and end'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand help; and not __fish_seen_subcommand_from config migrate collector help" -f -a "collector" -d 'Print the path of the collector, building it once when there is none'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand help; and not __fish_seen_subcommand_from config migrate collector help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check it, and end with 2 when it cannot be used'
complete -c phoenix-server -n "__fish_phoenix_server_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "print" -d 'Print it as it is in effect'

# A signal leaves nothing behind, and the program ends by that signal; even SIGKILL does, where the
# system has files without a name.
. "$(dirname "$0")/common.bash" "$1"
older_kernel=$2

# The input is a named pipe: the program stays in the middle of its work until it is told to end.
model part --size 2M --seed 1
"$scape" compress -q -o whole.scape part
head -c 1000000 whole.scape >part.scape

# interrupt SIGNAL COMMAND [WRAPPER]: how many temporary files there were while it worked -> $seen
interrupt() {
    local signal=$1 command=$2 have=0 pid
    shift 2
    rm -f feed
    mkfifo feed
    # bash starts background jobs with INT and QUIT ignored; env puts them back
    env --default-signal=INT,QUIT "$@" "$scape" "$command" -q -o result feed >said 2>&1 &
    pid=$!
    exec 9>feed
    if [ "$command" = compress ]; then cat part >&9; else cat part.scape >&9; fi
    seen=$(find . -name '.scape-*' | wc -l)
    kill -s "$signal" $pid
    wait $pid || have=$?
    exec 9>&-
    equal $have $((128 + $(kill -l "$signal"))) "status of $command after $signal"
    absent result
}

filtered=0
"$older_kernel" true || filtered=$?
case $filtered in
0) ;;
77) echo "not tested: files with a temporary name, as there is no seccomp" ;;
*) fail "status of $older_kernel: $filtered" ;;
esac

for command in compress decompress; do
    for signal in INT TERM HUP QUIT; do
        interrupt $signal $command
        no_leftovers
    done
    # a file with a name is removed, and was there to be removed
    if [ $filtered = 0 ]; then
        for signal in INT TERM HUP QUIT; do
            interrupt $signal $command "$older_kernel"
            equal "$seen" 1 "temporary files of $command"
            no_leftovers
        done
    fi
    # one without a name needs nobody to remove it
    interrupt KILL $command
    if [ "$seen" = 0 ]; then
        no_leftovers
    else
        echo "not tested: this file system has no files without a name"
        rm -f .scape-*
    fi
done

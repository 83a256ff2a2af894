# A signal removes the temporary file, and the program ends by that signal.
. "$(dirname "$0")/common.bash" "$1"

# The input is a named pipe: the program stays in the middle of its work until it is told to end.
model part --size 2M --seed 1
"$scape" compress -q -o whole.scape part
head -c 1000000 whole.scape >part.scape

for signal in INT TERM HUP; do
    for command in compress decompress; do
        rm -f feed
        mkfifo feed
        # bash starts background jobs with INT ignored; env puts it back
        env --default-signal="$signal" "$scape" $command -q -o result feed >said 2>&1 &
        pid=$!
        exec 9>feed
        if [ $command = compress ]; then cat part >&9; else cat part.scape >&9; fi
        [ -n "$(find . -name '.scape-*')" ] || fail "$command: no temporary file to remove"
        kill -s $signal $pid
        have=0
        wait $pid || have=$?
        exec 9>&-
        equal $have $((128 + $(kill -l $signal))) "status of $command after $signal"
        absent result
        no_leftovers
    done
done

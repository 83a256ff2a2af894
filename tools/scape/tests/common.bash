# common.bash - what the test scripts share: the programs, a scratch folder, checks that print what
# they have and what they want. The first argument of each script is the folder of the programs.
set -euo pipefail

bin=$1
scape=$bin/scape
generate=$bin/scape-gen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# same HAVE WANT: two files are equal.
same() {
    cmp -- "$1" "$2" || fail "$1 is not $2"
}

# equal HAVE WANT WHAT: two words are equal.
equal() {
    [ "$1" = "$2" ] || fail "$3: have '$1', want '$2'"
}

# status WANT COMMAND...: the command ends in this exit status; its output goes to the file `said`.
status() {
    local want=$1 have=0
    shift
    "$@" >said 2>&1 || have=$?
    [ "$have" = "$want" ] || {
        cat said >&2
        fail "exit status of '$*': have $have, want $want"
    }
}

# shows PATTERN COMMAND...: the command succeeds, and its output has a line with the pattern.
shows() {
    local pattern=$1
    shift
    "$@" >said 2>&1 || fail "'$*' failed: $(cat said)"
    grep -q -- "$pattern" said || fail "output of '$*': have '$(cat said)', want '$pattern'"
}

# absent NAME...: no such file.
absent() {
    local name
    for name in "$@"; do
        [ ! -e "$name" ] && [ ! -L "$name" ] || fail "$name should not exist"
    done
}

# no_leftovers [FOLDER]: no temporary file of the program.
no_leftovers() {
    local left
    left=$(find "${1:-.}" -name '.scape-*')
    equal "$left" "" "temporary files left"
}

# model NAME [OPTION...]: a small generated model file.
model() {
    local name=$1
    shift
    "$generate" -o "$name" "$@"
}

# as_user COMMAND...: without root's right to read and write everything.
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

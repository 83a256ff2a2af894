# The manual pages: they are well formed, and say every command, option and function that there is.
#
#   man.sh PROGRAM_FOLDER SOURCE_FOLDER
set -euo pipefail
bin=$1 pages=$2/packaging/man
command -v mandoc >/dev/null || { echo "no mandoc"; exit 77; }
bad=0
complain() {
    echo "$*"
    bad=1
}

for page in "$pages"/*.[13]; do
    mandoc -Tlint -Wwarning "$page" || complain "${page##*/} is not clean"
done

text() {
    mandoc -Tascii "$pages/$1" | sed 's/.\x08//g'
}

options_of() {
    "$@" --help | grep -oE '(^|[ ,])--?[a-zA-Z][-a-z0-9]*' | tr -d ' ,' | sort -u
}

# says PAGE WORD: the page has the word
says() {
    grep -qE -- "(^|[^-a-zA-Z0-9])$2([^-a-zA-Z0-9]|$)" <<<"$1" || complain "$3 does not say $2"
}

page=$(text scape.1)
commands=$("$bin/scape" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -gt 8 ] || complain "no commands found in the help"
for command in $commands; do
    says "$page" "$command" scape.1
    for option in $(options_of "$bin/scape" "$command"); do
        says "$page" "$option" scape.1
    done
done

page=$(text scape-gen.1)
for option in $(options_of "$bin/scape-gen"); do
    says "$page" "$option" scape-gen.1
done

page=$(text libscape.3)
for name in $(tr '\n' ' ' <"$2/lib/include/scape.h" | grep -oE 'SCAPE_API [^;(]*\(' |
    grep -oE 'scape_[a-z0-9_]+\($' | tr -d '('); do
    says "$page" "$name" libscape.3
done
exit $bad

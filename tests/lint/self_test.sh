#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Proves that every lint passes a good tree and fails for each fault: self_test.sh [COMPILER]
set -eu
lint=$(cd "$(dirname -- "$0")" && pwd)
compiler=${1:-cc}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
wrong=0

# A small tree in which nothing is wrong.
good_tree() {
    rm -rf "$tree"
    mkdir -p "$tree/probe/base" "$tree/probe/rules" "$tree/probe/live" "$tree/docs"
    cat >"$tree/probe/base/text.h" <<'END'
#ifndef CCM_BASE_TEXT_H
#define CCM_BASE_TEXT_H
#include <stddef.h>
size_t text_length(const char *text);
#endif
END
    cat >"$tree/probe/base/text.c" <<'END'
#include "base/text.h"
#include <string.h>
size_t text_length(const char *text)
{
    return strlen(text); /* strcpy("/home/...") would be no call */
}
END
    cat >"$tree/probe/rules/rule.c" <<'END'
#include "base/text.h"
size_t rule(const char *text);
size_t rule(const char *text)
{
    return text_length(text);
}
END
    echo 'FINDING(SPN_ON_USER, "spn.on-user", CAUSE, FAIL, "t", "w", "r")' \
        >"$tree/probe/rules/findings.def"
    printf '# Findings\n\n## spn.on-user\n\n[top](findings.md)\n' >"$tree/docs/findings.md"
}

purity() {
    for folder in base rules; do
        rm -f "$tree/$folder.a"
        (cd "$tree" && "$compiler" -D_GNU_SOURCE -Iprobe -c "probe/$folder/"*.c)
        (cd "$tree" && ar rc "$folder.a" ./*.o)
        rm -f "$tree"/*.o
    done
    /usr/bin/python3 "$lint/purity.py" "$tree/rules.a" "$tree/base.a"
}

# check LINT: what the lint prints goes to a file; its status is the function's.
check() {
    case $1 in
    purity) purity ;;
    headers) /usr/bin/python3 "$lint/headers.py" "$tree" "$compiler" ;;
    *) /usr/bin/python3 "$lint/$1.py" "$tree" ;;
    esac >"$tree.out" 2>&1
}

passes() {
    good_tree
    if ! check "$1"; then
        echo "$1 fails a good tree:"
        cat "$tree.out"
        wrong=1
    fi
}

# fails LINT FILE WORDS TEXT: with the text appended to the file the lint fails and says the words.
fails() {
    good_tree
    printf '%b\n' "$4" >>"$tree/$2"
    if check "$1"; then
        echo "$1 does not see: $4"
        wrong=1
    elif ! grep -qF -- "$3" "$tree.out"; then
        echo "$1 fails for another reason than '$3':"
        cat "$tree.out"
        wrong=1
    fi
}

for name in layering headers findings style purity; do
    passes "$name"
done

fails layering probe/base/text.c 'must not include' '#include "rules/findings.def"'
fails layering probe/rules/rule.c 'belongs in' '#include <jansson.h>'
fails layering probe/rules/rule.c 'belongs in' '#include <krb5/krb5.h>'
fails layering probe/base/text.c 'no header of the project' '#include "base/none.h"'
fails layering probe/live/new.h 'must not include' '#include "rules/findings.def"'
good_tree
mkdir "$tree/probe/extra"
echo '#include <stddef.h>' >"$tree/probe/extra/extra.c"
if check layering; then
    echo "layering does not see a folder without a row"
    wrong=1
fi

fails headers probe/base/other.h 'does not compile alone' 'uint32_t other(void);'
fails headers probe/base/other.h 'does not compile alone' 'struct twice { int member; };'

fails findings probe/rules/findings.def "no section '## spn.missing'" \
    'FINDING(SPN_MISSING, "spn.missing", CAUSE, FAIL, "t", "w", "r")'
fails findings probe/rules/findings.def 'twice' \
    'FINDING(SPN_ON_USER, "spn.on-user", CAUSE, FAIL, "t", "w", "r")'
fails findings probe/rules/findings.def 'does not spell' \
    'FINDING(OTHER, "spn.missing", CAUSE, FAIL, "t", "w", "r")'
fails findings probe/rules/findings.def 'is no id' \
    'FINDING(SPN, "Spn_Bad", CAUSE, FAIL, "t", "w", "r")'
fails findings docs/findings.md 'is of no finding' '## spn.unknown'

long=$(printf '%0101d' 0)
fails style probe/base/text.c 'columns' "/* $long */"
fails style probe/base/text.c 'a function of' \
    "int f(void)\n{$(printf '\\n    ;%.0s' $(seq 81))\n}"
fails style probe/base/text.c 'lines, at most 500' "$(printf '\\n%.0s' $(seq 500))"
fails style probe/base/text.c 'strcpy' 'void f(char *a)\n{\n    strcpy(a, a);\n}'
fails style probe/base/text.c 'only main ends' 'void f(void)\n{\n    exit(1);\n}'
fails style docs/findings.md 'one machine' "See /""home/somebody/notes."
fails style docs/findings.md 'link to nothing' '[there](nowhere.md)'
fails style docs/findings.md 'link to nothing' '[there](../../outside.md)'
fails style docs/findings.md 'blanks at the end' 'word '
fails style docs/findings.md 'belongs in an issue' 'TO''DO: more'

for call in 'time(0)' 'printf("x")' 'getenv("X")' 'setlocale(0, 0)' 'open("x", 0)' 'puts("x")' \
    'socket(0, 0, 0)' 'clock_gettime(0, 0)' 'fopen("x", "r")' 'strcoll("a", "b")'; do
    fails purity probe/rules/rule.c "needs ${call%%(*}" \
        "#include <fcntl.h>\n#include <locale.h>\n#include <stdio.h>\n#include <stdlib.h>\n\
#include <string.h>\n#include <sys/socket.h>\n#include <time.h>\n\
long bad(void);\nlong bad(void)\n{\n    return (long)$call;\n}"
done
# Through a function of another library.
fails purity probe/base/text.c 'needs text_length' \
    '#include <stdlib.h>\nchar *hidden(void);\nchar *hidden(void)\n{\n    return getenv("X");\n}'

rm -f "$tree.out"
exit "$wrong"

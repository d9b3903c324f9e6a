#!/usr/bin/env bash
# Instructions of sealing and opening, counted by valgrind's callgrind: `benches/instructions.sh`
# compares them with benches/instructions.txt, `benches/instructions.sh --write` writes that file.
#
# Each case runs often and seldom, and the difference over the number of runs is its figure, so that
# start and end of the program do not count. The figures hold for one compiler and one build of the
# dependencies; valgrind executes AES-NI and hides SHA-NI, AVX-512 and VAES, so HMAC is counted in
# plain instructions, of which a real processor needs few. They tell one commit from the next, and
# nothing about time.
set -euo pipefail
cd "$(dirname "$0")/.."

KEPT=benches/instructions.txt
# More than so many percent above the kept figure is shown as worse.
TOLERANCE=3
SELDOM=10
OFTEN=60

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$PROGRAM" "$@" 2>&1 |
        awk '/Collected/ { print $NF }'
}

figures() {
    local case size few many
    for case in seal open map-cycle read change; do
        for size in 60 250 1000 3000; do
            few="$(count "$case" "$size" "$SELDOM")"
            many="$(count "$case" "$size" "$OFTEN")"
            printf '%-10s %5d %8d\n' "$case" "$size" "$(((many - few) / (OFTEN - SELDOM)))"
        done
    done
}

PROGRAM="$(cargo bench --locked --bench instructions --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p')"
[[ -x "$PROGRAM" ]]

if [[ "${1:-}" == --write ]]; then
    {
        echo "# Instructions of one call, by benches/instructions.sh with $(rustc --version | cut -d' ' -f1-2)."
        echo "# case     JSON    count"
        figures
    } > "$KEPT"
    exit
fi

figures | awk -v tolerance="$TOLERANCE" '
    BEGIN { printf "%-10s %5s %8s %8s\n", "case", "JSON", "kept", "now" }
    NR == FNR { if ($1 != "#") kept[$1, $2] = $3; next }
    {
        was = kept[$1, $2]
        change = was ? ($3 - was) * 100 / was : 0
        verdict = !was ? "new" : change > tolerance ? "WORSE" : change < -tolerance ? "better" : ""
        printf "%-10s %5d %8d %8d  %+6.1f %%  %s\n", $1, $2, was, $3, change, verdict
        worse += verdict == "WORSE"
    }
    END { printf "%d of the lines are more than %d %% worse\n", worse, tolerance }
' "$KEPT" -

#!/usr/bin/env bash
# Sealed fields on the command line: who is entitled reads and finds them; the city and a blind node see a marker; what is
# sealed stands in no file, whatever was done with it.
. "$(dirname "$0")/lib.bash"
lane=样板市/样板社区
field() { linli show --store "$1" "$2" --json | json "r['fields'].get('$3')"; }
join() { # STORE FROM SCOPE ROLE FLAGS...: FROM serves
    local store=$1 from=$2 scope=$3 role=$4
    shift 4
    linli join --store "$store" "$(linli invite --store "$from" --scope "$scope" --role "$role" --name "样板$store" \
        --address "$address" "$@")" --json >/dev/null 2>&1
}
meet() { linli sync --store "$1" "$address" --json >/dev/null; }

linli init --store city --root city --name 样板市 --quiet >/dev/null
linli scope add --store city --parent 样板市 --kind community --name 样板社区 >/dev/null
serve city
join office city $lane node
linli scope add --store office --parent $lane --kind patch --name 1栋 --style courtyard >/dev/null
linli import --store office "$demo/roster.csv" --scope $lane --json >report
same "$(counts report)" "60 60 0 0 0"
linli import --store office "$demo/roster.csv" --scope $lane --json >report
same "$(counts report)" "60 0 0 60 0" # sealed anew, the same values would differ in bytes: they are compared open
meet office
stop

serve office
join captain office $lane/1栋 captain
join relay office $lane node --blind
who=$(linli set --store captain resident --scope $lane/1栋 name=样板人 phone=19900000170 id_number=530111199001010010 \
    note=样板密语一 disability_type=样板密语二 disability_grade=样板密语三)
home=$(linli set --store captain household --scope $lane/1栋 room=901 care=样板密语四 remarks=样板密语五)
meet captain
linli set --store office "$who" phone=19900000171 >/dev/null
linli set --store captain "$who" phone=19900000172 >/dev/null
meet captain
meet relay
stop
serve city
meet office
stop

# Reading, in text and JSON; in both languages.
same "$(field office "$who" note)" 样板密语一
same "$(field captain "$home" care)" 样板密语四
for store in city relay; do
    same "$(field $store "$who" phone)" '{"sealed": "contact"}'
    same "$(field $store "$who" disability_type)" '{"sealed": "health"}'
    same "$(field $store "$home" remarks)" '[{"sealed": "notes"}]'
    same "$(field $store "$who" name)" 样板人
    linli show --store $store "$who" | grep -q '(sealed)' || fault "$store shows no marker"
    LANG=zh_CN.UTF-8 linli show --store $store "$who" | grep -q '（密封）' || [ ! -d "$LINLI_BIN/../locale" ] ||
        fault "$store shows no marker in Chinese"
    linli export --store $store --format jsonl | grep -q '"phone":{"sealed":"contact"}' || fault "$store exports no marker"
    linli history --store $store "$who" --json | json 'all:sorted({str(w["value"]) for w in r if w["field"] == "phone"})' >out
    same "$(cat out)" "[\"{'sealed': 'contact'}\"]"
done

# Finding: by the index, by looking at each; on an entitled device alone.
for store in office captain; do
    same "$(linli list --store $store resident --where id_number=530111199001010010 --json | wc -l)" 1
    same "$(linli list --store $store resident --match 密语二 --json | wc -l)" 1
    same "$(linli list --store $store household --match 密语五 --json | wc -l)" 1
done
same "$(linli list --store relay resident --where id_number=530111199001010010 --json | wc -l)" 0
same "$(linli list --store city resident --match 密语二 --json | wc -l)" 0

# Who has no key writes nothing sealed, and is told what to do; what is open it may write.
exits 3 linli set --store relay "$who" phone=19900000173
linli set --store relay "$who" registered=样板地 >/dev/null

# Two numbers were typed: who reads chooses, who does not is refused.
same "$(linli conflicts --store captain --json | json '[r["field"], sorted(v["value"] for v in r["values"])]')" \
    '["phone", ["19900000171", "19900000172"]]'
dot=$(linli conflicts --store captain --json | json 'r["values"][1]["dot"]')
exits 3 linli resolve --store relay "$who" phone --choose "$dot"
linli resolve --store captain "$who" phone --choose "$dot" >/dev/null
linli export --store captain --format csv --out people.csv >/dev/null
grep -q 530111199001010010 people.csv || fault "an entitled export lacks what is sealed"
linli export --store relay --format csv --out blind.csv >/dev/null
grep -q 样板人 blind.csv || fault "a blind export lacks what is open"

# Nothing of it in any file of any store, nor in what the servers wrote.
for canary in 密语 1990000017 530111199001010010 1990000; do
    for store in city office captain relay; do
        ! grep -rqaF "$canary" "$store" "$store.out" "$store.err" 2>/dev/null || fault "'$canary' stands in $store: $(grep -rlaF "$canary" "$store")"
    done
    ! grep -qaF "$canary" blind.csv || fault "'$canary' stands in a blind export"
done
grep -rqaF 样板人 office || fault "the search finds nothing at all"

# Nor in a backup, where nothing at all can be read. Who has no keys can be backed up, and made anew, all the same.
for store in office relay; do
    linli backup --store $store "nights-$store" --quiet >/dev/null
    for canary in 密语 1990000 530111199001010010 样板人 phone; do
        ! grep -rqaF "$canary" "nights-$store" || fault "'$canary' stands in the backup of $store"
    done
    linli restore "nights-$store" --store "again-$store" --key-file $store/store.key --quiet >/dev/null
    same "$(linli status --store "again-$store" --key-file $store/store.key --json | json 'r["digest"]')" \
        "$(linli status --store $store --json | json 'r["digest"]')"
    for canary in 密语 1990000 530111199001010010; do
        ! grep -rqaF "$canary" "again-$store" || fault "'$canary' stands in again-$store"
    done
done
same "$(linli list --store again-office --key-file office/store.key resident --where id_number=530111199001010010 --json | wc -l)" 1
same "$(linli list --store again-relay --key-file relay/store.key resident --where id_number=530111199001010010 --json | wc -l)" 0

# All is whole, and the same everywhere.
for store in city office captain relay; do
    linli verify --store $store --json >verified || fault "$store does not verify: $(cat verified)"
done

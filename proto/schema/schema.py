"""Reads the record types of proto/schema and checks them against the rules of proto/record.md."""

import csv
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "linli.json"

KINDS = ["bool", "int", "text", "bytes", "id", "date", "time", "choice"]
RULES = ["register", "set", "counter", "log", "max", "ladder"]
CLASSES = ["public", "personal", "sensitive"]
SEALS = ["contact", "identity", "health", "relief", "minors", "notes"]  # classes 1 to 6 of proto/sealing.md
FORMATS = ["name", "phone", "identity", "identity_birth", "identity_sex", "division"]
FINDS = ["name", "tail", "building", "unit", "room", "home"]  # how a text that a person types finds it: libsync/src/model/seek.h
FORMAT_KINDS = {"identity_birth": "date", "identity_sex": "choice"}  # the others are of text
INTEGER_KINDS = ["int", "time", "choice"]
LIFE = "life"  # field 0 of every type; the code knows it, the JSON may not use it
ITSELF = "id"  # in a tally: the record's own id
KEEP_DAYS_MAX = 36500
NUMBER_MAX = (1 << 27) - 1  # a group number is n << 5 | rule << 2 | class in 32 bits
TALLY_FIELDS_MAX = 3  # that one tally parts its records by
TALLY_RULES = ["register", "ladder", "max"]
TALLY_KINDS = ["bool", "int", "id", "date", "time", "choice"]
TYPE_KEYS = {"n", "name", "en", "zh", "right", "purpose", "term", "same", "same_anywhere", "tally", "fields"}
FIELD_KEYS = {"number", "name", "en", "zh", "kind", "class", "rule", "group", "seal", "indexed", "choices", "codes", "purpose",
              "required", "format", "least", "most", "ref", "goes_with", "after", "needed_with", "several", "retired", "find"}
WORD_KEYS = {"name", "en", "zh"}
CHOICE_KEYS = WORD_KEYS | {"number", "also"}
FLAGS = ("indexed", "required", "goes_with", "several")


class Wrong(Exception):
    """The schema breaks a rule; the text says where and how."""


def need(claim, where, text):
    if not claim:
        raise Wrong(f"{where}: {text}")


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def check_labels(item, where):
    for language in ("en", "zh"):
        need(isinstance(item.get(language), str) and item[language] != "", where, f"no label in {language}")


def check_named(item, keys, where):
    """What types, fields, choices and purposes share: known keys, a stable name, labels in both languages."""
    unknown = sorted(set(item) - keys)
    need(not unknown, where, "unknown key " + ", ".join(unknown))
    name = item.get("name", "")
    plain = isinstance(name, str) and name.isascii() and name.replace("_", "a").isalnum() and name.islower()
    need(plain, where, "a name is lower-case ASCII")
    check_labels(item, where)


def check_unique(items, key, where):
    seen = set()
    for item in items:
        need(item[key] not in seen, where, f"{key} {item[key]} stands twice")
        seen.add(item[key])


def check_number(number, where):
    need(is_number(number) and 0 < number <= NUMBER_MAX, where, f"number {number} is not 1 to {NUMBER_MAX} (0 is life)")


def check_choices(field, codes, where):
    """Of a choice they are all there are; of a text they are the words that a standard has."""
    if "codes" in field:
        need("choices" not in field, where, "choices or codes, not both")
        need(field["codes"] in codes, where, "no such list in codes/")
        field["choices"] = codes[field["codes"]]
    choices = field.get("choices")
    need(field["kind"] != "choice" or choices, where, "a choice has choices")
    need(choices is None or field["kind"] in ("choice", "text"), where, "choices belong to a choice or a text")
    need(not field["several"] or (choices and field["kind"] == "text"), where, "several words are of a text with a list")
    for choice in choices or []:
        check_named(choice, CHOICE_KEYS, where)
        need(is_number(choice.get("number")), where, "a choice has an integer number")
    for key in ("number", "name", "zh"):
        check_unique(choices or [], key, where)


def check_seal(field, where):
    # A sealed value is a bin where a map would stand (proto/record.md 2): only these have one.
    if field.setdefault("seal", None) is not None:
        need(field["seal"] in SEALS, where, "unknown sealed class")
        need(field["rule"] in ("register", "ladder", "log"), where, f"rule {field['rule']} cannot be sealed")


def check_bounds(field, where):
    """What findings are made of (apps/linli/check.h): nothing of it refuses a write."""
    shape = field.get("format")
    need(shape is None or shape in FORMATS, where, "unknown format")
    need(shape is None or field["kind"] == FORMAT_KINDS.get(shape, "text"), where, f"format {shape} is of another kind")
    if "least" in field or "most" in field:
        bounds = field.get("least"), field.get("most")
        need(field["kind"] == "int" and all(map(is_number, bounds)) and bounds[0] < bounds[1], where,
             "least and most are the bounds of an int, both")
    if "retired" in field:
        check_labels(field["retired"], f"{where}: retired")
        need(not field["required"], where, "what is retired is not required")
    need(not field["required"] or field["seal"] is None, where, "whether something sealed is there is not known everywhere")


def check_find(field, where):
    find = field.get("find")
    if find is None:
        return
    need(find in FINDS, where, "unknown way of finding")
    need(field["rule"] == "register", where, "what is found is of a register")
    if find == "home":
        need(field["kind"] == "id" and field["indexed"] and "ref" in field, where, "home is an indexed id of what has a room")
        return
    need(field["kind"] == "text", where, "what is found is text")
    need(find not in ("name", "room") or field["indexed"], where, f"a {find} is read in the index")
    # The index has names and rooms in the clear; of a tail it has a keyed hash where the field is sealed or sensitive.
    need(find == "tail" or (field["seal"] is None and field["class"] != "sensitive"), where, f"a sealed or sensitive {find} is not found")


def check_field(field, purposes, codes, where):
    check_named(field, FIELD_KEYS, where)
    check_number(field.get("number"), where)
    need(field["name"] not in (LIFE, ITSELF), where, "the names life and id are taken")
    need(field.get("kind") in KINDS, where, "unknown kind")
    need(field.get("class") in CLASSES, where, "unknown class")
    field.setdefault("rule", "register")
    field.setdefault("group", field["number"])
    for flag in FLAGS:
        need(isinstance(field.setdefault(flag, False), bool), where, f"{flag} is true or false")
    need(field["rule"] in RULES, where, "unknown rule")
    need(field.get("purpose") in purposes, where, "no such purpose; what is sensitive or sealed states its own")
    if field["rule"] in ("counter", "max"):
        need(field["kind"] in INTEGER_KINDS, where, f"rule {field['rule']} is for integers")
    check_seal(field, where)
    check_choices(field, codes, where)
    check_bounds(field, where)
    check_find(field, where)


def check_groups(fields, where):
    """One register for each group: one class, one rule, named after its first field."""
    firsts = {}
    for field in fields:
        spot = f"{where}.{field['name']}"
        first = firsts.setdefault(field["group"], field)
        need(first["number"] == field["group"], spot, "a group's n is the number of its first field")
        need(first["class"] == field["class"], spot, "all fields of a group have one class")
        need(first["rule"] == field["rule"], spot, "all fields of a group have one rule")
        need(first["seal"] == field["seal"], spot, "all fields of a group are sealed alike")
        need(first is field or field["rule"] in ("register", "log", "ladder"), spot,
             f"a group of rule {field['rule']} has one field")
        if field["rule"] == "ladder" and first is field:
            need(field["kind"] in INTEGER_KINDS, spot, "the first field of a ladder is its rung, a number")


def check_needed(field, fields, where):
    """needed_with {"field", "is"}: that field's choice when there is "is", else whatever it says."""
    needed = field.get("needed_with")
    if needed is None:
        return
    other = fields.get(needed.get("field"))
    need(set(needed) <= {"field", "is"} and other is not None, where, "needed_with names a field of the type, and maybe a choice of it")
    need("is" not in needed or needed["is"] in [choice["name"] for choice in other.get("choices", [])], where,
         "is names a choice of that field")


def check_names(kind, types, where):
    """Names that a type's parts have for each other become what they name."""
    fields = {field["name"]: field for field in kind["fields"]}
    for field in kind["fields"]:
        spot = f"{where}.{field['name']}"
        if "ref" in field:
            need(field["kind"] == "id" and field["ref"] in types, spot, "ref names the type of record that an id names")
        need(not field["goes_with"] or ("ref" in field and field["rule"] == "register"), spot, "it goes with what it refers to: one record")
        if "after" in field:
            other = fields.get(field["after"])
            need(other is not None and other["kind"] == field["kind"] and field["kind"] in ("date", "time"), spot,
                 "after names another date or time of the type")
        check_needed(field, fields, spot)
    start = kind["term"].get("from")
    need(start is None or (start in fields and fields[start]["kind"] == "date" and fields[start]["rule"] == "register"
                           and fields[start]["seal"] is None), where, "a term runs from a date of the type, unsealed")
    found = {field["find"]: field for field in kind["fields"] if "find" in field}
    need("unit" not in found or found["unit"]["group"] == found.get("room", {}).get("group"), where, "a unit is of one group with its room")
    need("building" not in found or "room" in found, where, "a building is sought with a room")
    for names in kind["same"]:
        need(names and all(name in fields for name in names), where, "same lists fields of the type")
    check_tallies(kind, fields, where)


def check_tallies(kind, fields, where):
    """What figures are counted by must read alike for whoever reads the scope: nothing sealed, nothing sensitive (proto/store.md)."""
    for names in kind["tally"]:
        need(len(names) <= TALLY_FIELDS_MAX, where, f"a tally parts records by {TALLY_FIELDS_MAX} fields at most")
        for name in names:
            field = fields.get(name)
            need(name == ITSELF or field is not None, where, f"a tally lists fields of the type, or {ITSELF}")
            need(name == ITSELF or (field["class"] != "sensitive" and field["seal"] is None), where, f"{name} is not for every reader to count")
            need(name == ITSELF or (field["rule"] in TALLY_RULES and field["kind"] in TALLY_KINDS), where,
                 f"{name} is not one value of a few bytes")
    need(len({tuple(names) for names in kind["tally"]}) == len(kind["tally"]), where, "a tally stands twice")


def check_type(kind, purposes, codes, where):
    check_named(kind, TYPE_KEYS, where)
    check_number(kind.get("n"), where)
    need(kind.get("right") in ("write", "manage"), where, "right is write or manage")
    need(kind.get("purpose") in purposes, where, "no such purpose")
    term = kind.setdefault("term", {"days": 0})
    days = term.get("days")
    need(set(term) <= {"days", "from"} and is_number(days) and 0 <= days <= KEEP_DAYS_MAX, where,
         f"term has days, 0 (none) to {KEEP_DAYS_MAX}, and from")
    need(days == 0 or any(field.get("class") != "public" for field in kind.get("fields", [])), where,
         "what is public is not erased, so it has no term")
    kind.setdefault("same", [])
    kind.setdefault("tally", [])
    need(isinstance(kind.setdefault("same_anywhere", False), bool), where, "same_anywhere is true or false")
    need(isinstance(kind.get("fields"), list) and kind["fields"], where, "no fields")
    for field in kind["fields"]:
        if field.get("class") != "sensitive" and field.get("seal", "notes") == "notes":
            field.setdefault("purpose", kind["purpose"])
        check_field(field, purposes, codes, f"{where}.{field.get('name')}")
    for key in ("number", "name", "en", "zh"):
        check_unique(kind["fields"], key, where)
    check_groups(kind["fields"], where)


def read_codes():
    """codes/NAME.csv: the lists that standards give, as choices."""
    lists = {}
    for path in sorted((HERE / "codes").glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            lists[path.stem] = [{**row, "number": int(row["number"])} for row in csv.DictReader(file)]
    return lists


def load():
    """Returns: {"version", "themes": [{..., "types"}], "types": by number, "purposes", "codes"}, checked and with defaults."""
    schema = json.loads(SOURCE.read_text(encoding="utf-8"))
    need(set(schema) == {"version", "themes", "purposes"}, SOURCE.name, "the keys are version, themes and purposes")
    need(is_number(schema["version"]) and schema["version"] > 0, SOURCE.name, "version is a positive integer")
    for item in schema["themes"] + schema["purposes"]:
        check_named(item, WORD_KEYS, SOURCE.name)
    check_unique(schema["purposes"], "name", SOURCE.name)
    purposes = {purpose["name"] for purpose in schema["purposes"]}
    schema["codes"] = read_codes()
    for theme in schema["themes"]:
        theme["types"] = json.loads((HERE / f"{theme['name']}.json").read_text(encoding="utf-8"))
        for kind in theme["types"]:
            check_type(kind, purposes, schema["codes"], str(kind.get("name")))
    schema["types"] = sorted((kind for theme in schema["themes"] for kind in theme["types"]), key=lambda kind: kind["n"])
    for key in ("n", "name", "en", "zh"):
        check_unique(schema["types"], key, SOURCE.name)
    types = {kind["name"] for kind in schema["types"]}
    for kind in schema["types"]:
        check_names(kind, types, kind["name"])
    return schema

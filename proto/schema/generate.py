#!/usr/bin/env python3
"""Check linli.json, the single source of record types, and write the C table that is generated from it.

    generate.py            write libsync/src/model/schema_table.c
    generate.py --check    write nothing; fail when that file is not what linli.json says

The same input gives the same bytes. Python's own library is enough.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "linli.json"
TABLE = HERE.parent.parent / "libsync" / "src" / "model" / "schema_table.c"

KINDS = ["bool", "int", "text", "bytes", "id", "date", "time", "choice"]
RULES = ["register", "set", "counter", "log", "max", "ladder"]
CLASSES = ["public", "personal", "sensitive"]
SEALS = ["contact", "identity", "health", "relief", "minors", "notes"]  # classes 1 to 6 of proto/sealing.md
INTEGER_KINDS = ["int", "time", "choice"]
LIFE = "life"  # field 0 of every type; the code knows it, the JSON may not use it
KEEP_DAYS_MAX = 36500
NUMBER_MAX = (1 << 27) - 1  # a group number is n << 5 | rule << 2 | class in 32 bits
TYPE_KEYS = {"n", "name", "en", "zh", "right", "keep_days", "fields"}
FIELD_KEYS = {"number", "name", "en", "zh", "kind", "class", "rule", "group", "seal", "indexed", "choices"}
CHOICE_KEYS = {"number", "name", "en", "zh"}


class Wrong(Exception):
    """linli.json breaks a rule of proto/record.md; the text says where and how."""


def need(claim, where, text):
    if not claim:
        raise Wrong(f"{where}: {text}")


def check_named(item, keys, where):
    """What types, fields and choices share: known keys, a stable name, labels in both languages."""
    unknown = sorted(set(item) - keys)
    need(not unknown, where, "unknown key " + ", ".join(unknown))
    name = item.get("name", "")
    plain = isinstance(name, str) and name.isascii() and name.replace("_", "a").isalnum() and name.islower()
    need(plain, where, "a name is lower-case ASCII")
    for language in ("en", "zh"):
        need(isinstance(item.get(language), str) and item[language] != "", where, f"no label in {language}")


def check_unique(items, key, where):
    seen = set()
    for item in items:
        need(item[key] not in seen, where, f"{key} {item[key]} stands twice")
        seen.add(item[key])


def check_number(number, where):
    plain = isinstance(number, int) and not isinstance(number, bool)
    need(plain and 0 < number <= NUMBER_MAX, where, f"number {number} is not 1 to {NUMBER_MAX} (0 is life)")


def check_choices(field, where):
    choices = field.get("choices")
    need((field["kind"] == "choice") == (choices is not None), where, "choices belong to the kind choice, and it to them")
    for choice in choices or []:
        check_named(choice, CHOICE_KEYS, where)
        number = choice.get("number")
        need(isinstance(number, int) and not isinstance(number, bool), where, "a choice has an integer number")
    check_unique(choices or [], "number", where)
    check_unique(choices or [], "name", where)


def check_field(field, where):
    check_named(field, FIELD_KEYS, where)
    check_number(field.get("number"), where)
    need(field["name"] != LIFE, where, "the name life is taken by field 0")
    need(field.get("kind") in KINDS, where, "unknown kind")
    need(field.get("class") in CLASSES, where, "unknown class")
    field.setdefault("rule", "register")
    field.setdefault("group", field["number"])
    field.setdefault("indexed", False)
    need(field["rule"] in RULES, where, "unknown rule")
    need(isinstance(field["indexed"], bool), where, "indexed is true or false")
    if field["rule"] in ("counter", "max"):
        need(field["kind"] in INTEGER_KINDS, where, f"rule {field['rule']} is for integers")
    # A sealed value is a bin where a map would stand (proto/record.md 2): only these have one.
    if field.setdefault("seal", None) is not None:
        need(field["seal"] in SEALS, where, "unknown sealed class")
        need(field["rule"] in ("register", "ladder", "log"), where, f"rule {field['rule']} cannot be sealed")
    check_choices(field, where)


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


def check(schema):
    need(set(schema) == {"version", "types"}, SOURCE.name, "the keys are version and types")
    need(isinstance(schema["version"], int) and schema["version"] > 0, SOURCE.name, "version is a positive integer")
    for kind in schema["types"]:
        where = str(kind.get("name"))
        check_named(kind, TYPE_KEYS, where)
        check_number(kind.get("n"), where)
        need(kind.get("right") in ("write", "manage"), where, "right is write or manage")
        term = kind.setdefault("keep_days", 0)
        need(type(term) is int and 0 <= term <= KEEP_DAYS_MAX, where, f"keep_days is 0 (no term) to {KEEP_DAYS_MAX}")
        need(isinstance(kind.get("fields"), list) and kind["fields"], where, "no fields")
        for field in kind["fields"]:
            check_field(field, f"{where}.{field.get('name')}")
        check_unique(kind["fields"], "number", where)
        check_unique(kind["fields"], "name", where)
        check_groups(kind["fields"], where)
    check_unique(schema["types"], "n", SOURCE.name)
    check_unique(schema["types"], "name", SOURCE.name)


def text(value):
    """A C string literal; the file is UTF-8, as C11 compilers read it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def names(item):
    return f"{text(item['name'])}, {text(item['en'])}, {text(item['zh'])}"


def field_lines(kind, field):
    choices = f"{kind['name']}_{field['name']}" if "choices" in field else "NULL"
    count = f"COUNT_OF({choices})" if "choices" in field else "0"
    indexed = "true" if field["indexed"] else "false"
    seal = "LINLI_SEAL_" + (field["seal"] or "none").upper()
    return [
        f"    {{{field['number']}, {names(field)},",
        f"     LINLI_KIND_{field['kind'].upper()}, LINLI_{field['rule'].upper()}, LINLI_{field['class'].upper()}, "
        f"{field['group']}, {indexed}, {choices}, {count}, {seal}}},",
    ]


def type_lines(kind):
    lines = []
    for field in kind["fields"]:
        if "choices" not in field:
            continue
        lines.append(f"static const struct linli_choice {kind['name']}_{field['name']}[] = {{")
        lines += [f"    {{{choice['number']}, {names(choice)}}}," for choice in field["choices"]]
        lines += ["};", ""]
    lines.append(f"static const struct linli_schema_field {kind['name']}_fields[] = {{")
    for field in kind["fields"]:
        lines += field_lines(kind, field)
    return lines + ["};", ""]


def table(schema):
    lines = [
        "/*",
        " * model: the table of record types. Generated by proto/schema/generate.py from proto/schema/linli.json:",
        " * change that file and run the generator, never this one.",
        " */",
        '#include "base/check.h"',
        '#include "model/schema.h"',
        "",
        f"_Static_assert(SCHEMA_VERSION == {schema['version']}, \"the version of proto/schema/linli.json\");",
        "",
    ]
    for kind in schema["types"]:
        lines += type_lines(kind)
    lines.append("const struct linli_schema_type schema_table[] = {")
    for kind in schema["types"]:
        manage = kind["right"] == "manage"
        number = kind["n"] << 1 | manage
        fields = f"{kind['name']}_fields"
        lines.append(f"    {{{number}, {names(kind)}, {str(manage).lower()}, {fields}, COUNT_OF({fields}), {kind['keep_days']}}},")
    lines += ["};", "const size_t schema_table_count = COUNT_OF(schema_table);", ""]
    return "\n".join(lines)


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        schema = json.loads(SOURCE.read_text(encoding="utf-8"))
        check(schema)
    except (Wrong, ValueError) as wrong:
        print(f"{SOURCE.name}: {wrong}", file=sys.stderr)
        return 1
    wanted = table(schema)
    held = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    if arguments and held != wanted:
        print(f"{TABLE.name} is stale: run proto/schema/generate.py", file=sys.stderr)
        return 1
    if not arguments and held != wanted:
        TABLE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

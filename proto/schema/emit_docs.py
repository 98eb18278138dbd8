"""The pages docs/en/records.md and docs/zh/records.md: every type and field, what it is for, how long it is kept."""

WORDS = {
    "en": {
        "title": "# The records",
        "made": "<!-- Made by proto/schema/generate.py from proto/schema: change that and run it, never this page. -->",
        "intro": [
            "Every type of record and every field that Linli keeps, from one source: `proto/schema`. `linli schema` prints the same",
            "from the program at hand. [Adding a field](adding-a-field.md) says how one is added, and what is left out on purpose.",
            "",
            "- **Class**: *public* fields may be read by everybody whom a grant lets in; *personal* and *sensitive* ones need a right of",
            "  their own. What is *sealed* is stored and sent as bytes that only devices with the key of its sealed class can open",
            "  ([sealing](../../proto/sealing.md)).",
            "- **Rule**: how edits that did not see each other come together ([records and merge](../../proto/record.md)).",
            "- **Term**: `linli erase --due` erases what is past it, by a date no sooner than 30 days after the last change. A type without one is kept while it",
            "  is in force, and erased on request.",
            "- **Checks**: `linli check` lists what does not fit. Nothing of it refuses a write: half a record at the door is better than none.",
        ],
        "right": "Written by whoever may {right} there.", "for": "For: {purpose}.",
        "write": "write", "manage": "manage",
        "term": "Kept for {days} days after its last change.", "term_from": "Kept for {days} days after *{field}*; without that date it is kept.",
        "term_required": "Kept for {days} days after *{field}*; without that date, after its last change.",
        "no_term": "No term of its own: kept while it is in force.",
        "same": "Two in one scope are probably one where these agree: {keys}.",
        "tally": "Counted by: {keys}.", "counted": "all of them", "itself": "which it is",
        "same_anywhere": "Two are probably one, in whatever scopes, where these agree: {keys}.", "join": " and ", "keys": "; ", "list": ", ",
        "columns": ["no.", "field", "name", "kind", "rule", "class", "what for", "checks and finding"],
        "required": "needed", "needed": "needed with *{field}*", "needed_when": "needed when *{field}* is {choice}",
        "ref": "names a {type}", "goes": "erased with it", "several": "several words", "after": "not before *{field}*",
        "finds": {"name": "found by characters, pinyin and first letters", "tail": "found by its last 4 or more", "building": "found with the room: 3-1-502",
                  "unit": "found with the room", "room": "found by 502, 3-1-502", "home": "found by the room"},
        "bounds": "{least} to {most}", "retired": "**retired**: use {instead}", "codes": "words of [{name}](#{anchor})",
        "group": "one with *{field}*", "sealed": "{cls}, sealed: {seal}", "choices": "**{field}**: {choices}.",
        "purposes": "## What things are kept for", "lists": "## Lists of standards",
        "formats": {"name": "a name", "phone": "a telephone number", "identity": "check digit, area and birth of GB 11643",
                    "identity_birth": "agrees with the identity number", "identity_sex": "agrees with the identity number",
                    "division": "6, 9 or 12 digits"},
        "standards": {"sex": "Sex (GB/T 2261.1)", "relation": "Relation to the head (GB/T 4761)", "ethnic": "Ethnic group (GB/T 3304)",
                      "disability": "Disability (GB/T 26341)", "disability_grade": "Grade of disability (GB/T 26341)"},
    },
    "zh": {
        "title": "# 记录",
        "made": "<!-- 由 proto/schema/generate.py 从 proto/schema 生成：请改那里再运行它，不要改本页。 -->",
        "intro": [
            "邻里保存的每一种记录、每一个字段，出自同一来源：`proto/schema`。`linli schema` 打印手头程序所知的同样内容。",
            "[怎样增加一个字段](adding-a-field.md)说明如何增加，以及有意不收的内容。",
            "",
            "- **密级**：*公开*字段凡获授权者可看；*个人*与*敏感*字段各需单独的权限。*加密*的字段在存储和传输时都是密文，",
            "  只有持有该类密钥的设备能打开（[加密](../../proto/sealing.md)）。",
            "- **规则**：互不知情的修改如何合到一起（[记录与合并](../../proto/record.md)）。",
            "- **期限**：`linli erase --due` 抹除到期的记录；按日期到期的，不早于最后一次修改后 30 天。没有期限的，在有效期间保存，并可应本人要求抹除。",
            "- **检查**：`linli check` 列出不合之处。它从不拒绝写入：门口记下半条，也胜过没有。",
        ],
        "right": "在该处有{right}权限者可写。", "for": "用途：{purpose}。",
        "write": "写入", "manage": "管理",
        "term": "最后一次修改后保存 {days} 天。", "term_from": "自*{field}*起保存 {days} 天；没有该日期则继续保存。",
        "term_required": "自*{field}*起保存 {days} 天；没有该日期则自最后一次修改起。",
        "no_term": "没有单独的期限：在有效期间保存。",
        "same": "同一辖区内以下相同的，可能是同一条：{keys}。",
        "tally": "按以下计数：{keys}。", "counted": "全部", "itself": "是哪一条",
        "same_anywhere": "以下相同的，不论在哪个辖区，可能是同一条：{keys}。", "join": "与", "keys": "；", "list": "、",
        "columns": ["编号", "字段", "名称", "种类", "规则", "密级", "用途", "检查与查找"],
        "required": "必填", "needed": "有*{field}*时必填", "needed_when": "*{field}*为{choice}时必填", "ref": "指向{type}", "goes": "随之抹除", "several": "可写几个", "after": "不早于*{field}*",
        "finds": {"name": "按汉字、拼音、首字母查找", "tail": "按末 4 位或更多位查找", "building": "与房号一起查找：3-1-502", "unit": "与房号一起查找",
                  "room": "按 502、3-1-502 查找", "home": "按房号查找"},
        "bounds": "{least} 至 {most}", "retired": "**停用**：改用{instead}", "codes": "用词见[{name}](#{anchor})",
        "group": "与*{field}*为一组", "sealed": "{cls}，加密：{seal}", "choices": "**{field}**：{choices}。",
        "purposes": "## 用途", "lists": "## 标准代码",
        "formats": {"name": "姓名", "phone": "电话号码", "identity": "符合 GB 11643 的校验码、地区与出生日期",
                    "identity_birth": "与公民身份号码一致", "identity_sex": "与公民身份号码一致", "division": "6、9 或 12 位数字"},
        "standards": {"sex": "性别（GB/T 2261.1）", "relation": "家庭关系（GB/T 4761）", "ethnic": "民族（GB/T 3304）",
                      "disability": "残疾类别（GB/T 26341）", "disability_grade": "残疾等级（GB/T 26341）"},
    },
}
CLASSES = {"en": {}, "zh": {"public": "公开", "personal": "个人", "sensitive": "敏感"}}
SEALS = {"en": {}, "zh": {"contact": "联系方式", "identity": "身份", "health": "健康", "relief": "救助", "minors": "未成年人", "notes": "备注"}}


def label_of(schema, name, language):
    return next(kind[language] for kind in schema["types"] if kind["name"] == name)


def field_label(kind, name, language):
    return next(field[language] for field in kind["fields"] if field["name"] == name)


def needed(kind, field, language):
    words, of = WORDS[language], field["needed_with"]
    other = next(other for other in kind["fields"] if other["name"] == of["field"])
    if "is" not in of:
        return words["needed"].format(field=other[language])
    choice = next(choice for choice in other["choices"] if choice["name"] == of["is"])
    return words["needed_when"].format(field=other[language], choice=choice[language])


def checks(schema, kind, field, language):
    words, found = WORDS[language], []
    if field["required"]:
        found.append(words["required"])
    if "needed_with" in field:
        found.append(needed(kind, field, language))
    if "format" in field:
        found.append(words["formats"][field["format"]])
    if "least" in field:
        found.append(words["bounds"].format(**field))
    if "ref" in field:
        found.append(words["ref"].format(type=label_of(schema, field["ref"], language)))
    if field["goes_with"]:
        found.append(words["goes"])
    if "after" in field:
        found.append(words["after"].format(field=field_label(kind, field["after"], language)))
    if "codes" in field:
        found.append(words["codes"].format(name=words["standards"][field["codes"]], anchor="codes-" + field["codes"]))
    if field["several"]:
        found.append(words["several"])
    if field["group"] != field["number"]:
        first = next(other for other in kind["fields"] if other["number"] == field["group"])
        found.append(words["group"].format(field=first[language]))
    if "find" in field:
        found.append(words["finds"][field["find"]])
    if "retired" in field:
        found.append(words["retired"].format(instead=field["retired"][language]))
    return words["list"].join(found)


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def field_row(schema, kind, field, language):
    words = WORDS[language]
    cls = CLASSES[language].get(field["class"], field["class"])
    if field["seal"] is not None:
        cls = words["sealed"].format(cls=cls, seal=SEALS[language].get(field["seal"], field["seal"]))
    purpose = next(purpose for purpose in schema["purposes"] if purpose["name"] == field["purpose"])
    return row([field["number"], f"`{field['name']}`", field[language], field["kind"], field["rule"], cls,
                f"[{purpose['name']}](#for-{purpose['name']})", checks(schema, kind, field, language)])


def choices_line(field, language):
    words = WORDS[language]
    told = words["list"].join(f"{choice['number']} `{choice['name']}` {choice[language]}" for choice in field["choices"])
    return "- " + words["choices"].format(field=field[language], choices=told)


def term(kind, language):
    words, days = WORDS[language], kind["term"]["days"]
    if days == 0:
        return words["no_term"]
    start = next((field for field in kind["fields"] if field["name"] == kind["term"].get("from")), None)
    if start is not None:
        return words["term_required" if start["required"] else "term_from"].format(days=days, field=start[language])
    return words["term"].format(days=days)


def same(kind, language):
    words = WORDS[language]
    keys = [words["join"].join(f"*{field_label(kind, name, language)}*" for name in names) for names in kind["same"]]
    return words["same_anywhere" if kind["same_anywhere"] else "same"].format(keys=words["keys"].join(keys))


def tally(kind, language):
    words = WORDS[language]
    named = [[words["itself"] if name == "id" else f"*{field_label(kind, name, language)}*" for name in names] for names in kind["tally"]]
    return words["tally"].format(keys=words["keys"].join(words["join"].join(names) or words["counted"] for names in named))


def type_lines(schema, kind, language):
    words = WORDS[language]
    purpose = next(purpose for purpose in schema["purposes"] if purpose["name"] == kind["purpose"])
    gap = " " if language == "en" else ""
    said = [words["for"].format(purpose=purpose[language]), words["right"].format(right=words[kind["right"]]), term(kind, language)]
    if kind["same"]:
        said.append(same(kind, language))
    if kind["tally"]:
        said.append(tally(kind, language))
    lines = [f"### {kind[language]} (`{kind['name']}`, {kind['n']})", "", gap.join(said), "", row(words["columns"]),
             "|" + " --- |" * len(words["columns"])]
    lines += [field_row(schema, kind, field, language) for field in kind["fields"]]
    told = [choices_line(field, language) for field in kind["fields"] if "choices" in field and "codes" not in field]
    return lines + ["", *told, *([""] if told else [])]


def page(schema, language):
    words = WORDS[language]
    lines = [words["title"], "", words["made"], "", *words["intro"], ""]
    for theme in schema["themes"]:
        lines += [f"## {theme[language]}", ""]
        for kind in theme["types"]:
            lines += type_lines(schema, kind, language)
    lines += [words["purposes"], ""]
    lines += [f"- <a id=\"for-{purpose['name']}\"></a>`{purpose['name']}`{'：' if language == 'zh' else ':'} {purpose[language]}"
              for purpose in schema["purposes"]]
    lines += ["", words["lists"], ""]
    for name in words["standards"]:
        told = words["list"].join(f"{choice['number']} {choice[language]}" for choice in schema["codes"][name])
        lines += [f"<a id=\"codes-{name}\"></a>**{words['standards'][name]}**", "", told, ""]
    return "\n".join(lines).rstrip("\n") + "\n"

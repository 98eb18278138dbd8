/* Command line, the same: keys made of the fields of a list, names in one spelling. */
#include "same.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "roster.h"
#include "value.h"

/* 阿依·努尔, 阿依 努尔 and ａ b as one: blanks and points do not tell people apart, nor does width or case. */
static void plain_name(char *text)
{
    static const char *const marks[] = {" ", ".", "\xC2\xB7", "\xE2\x80\xA2", "\xE3\x83\xBB"};
    char *to = text;
    roster_halve(text);
    while (*text != '\0') {
        size_t mark = 0;
        for (size_t i = 0; mark == 0 && i < sizeof(marks) / sizeof(marks[0]); i++)
            mark = strncmp(text, marks[i], strlen(marks[i])) == 0 ? strlen(marks[i]) : 0;
        if (mark == 0)
            *to++ = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        text += mark > 0 ? mark : 1;
    }
    *to = '\0';
}

/* The key of one list, and its labels; 0 when the subject does not have all of it. */
static size_t key_of(const struct same_subject *subject, const linli_field *list, char *key, char *labels)
{
    static const linli_id anywhere = {{0}};
    size_t size = check_key(key, subject->type->same_anywhere ? &anywhere : subject->scope, subject->type->name, NULL), used = 0;
    for (; *list != 0; list++) {
        const struct linli_schema_field *field = linli_schema_field_by_number(subject->type, *list);
        char text[CHECK_TEXT_BYTES];
        check_text(subject->value(subject->at, *list), text, sizeof(text));
        if (field->format == LINLI_FORMAT_NAME)
            plain_name(text);
        size_t length = strlen(text);
        if (length == 0 || size + length + 8 > CHECK_KEY_BYTES)
            return 0;
        size += (size_t)snprintf(key + size, 8, "\x1f%u=", (unsigned)*list);
        memcpy(key + size, text, length);
        size += length;
        int more = snprintf(labels + used, SAME_LABELS_BYTES - used, "%s%s", used > 0 ? " + " : "", value_field_label(field));
        used += more > 0 && (size_t)more < SAME_LABELS_BYTES - used ? (size_t)more : 0;
    }
    return size;
}

static bool among(const struct same_twin *twins, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (twins[i].number == number)
            return true;
    return false;
}

size_t same_find(struct lookup *seen, const struct same_subject *subject, uint32_t number, struct same_twin twins[SAME_TWINS], bool *broken)
{
    char key[CHECK_KEY_BYTES], labels[SAME_LABELS_BYTES];
    size_t count = 0, at = 0;
    while (at < subject->type->same_count && !*broken) {
        const linli_field *list = &subject->type->same[at];
        while (subject->type->same[at++] != 0)
            continue;
        size_t size = key_of(subject, list, key, labels);
        uint32_t before = size > 0 ? lookup_find(seen, key, size) : LOOKUP_NONE;
        if (size > 0 && before == LOOKUP_NONE)
            *broken = !lookup_put(seen, key, size, number);
        if (before == LOOKUP_NONE || before == number || count == SAME_TWINS || among(twins, count, before))
            continue;
        twins[count].number = before;
        memcpy(twins[count++].labels, labels, sizeof(labels));
    }
    return count;
}

/* ---- in the store ---- */

struct searching {
    const linli_id *itself;
    struct same_held *twins;
    size_t count;
    const char *labels;
};

static bool on_twin(void *at, const linli_record *record)
{
    struct searching *searching = at;
    const linli_id *id = linli_record_id(record);
    bool told = memcmp(id->b, searching->itself->b, sizeof(id->b)) == 0;
    for (size_t i = 0; i < searching->count; i++)
        told = told || memcmp(id->b, searching->twins[i].id.b, sizeof(id->b)) == 0;
    if (told)
        return true;
    searching->twins[searching->count].id = *id;
    memcpy(searching->twins[searching->count++].labels, searching->labels, SAME_LABELS_BYTES);
    return searching->count < SAME_TWINS;
}

int same_held(linli_store *store, const struct same_subject *subject, const linli_id *itself, struct same_held twins[SAME_TWINS], size_t *count)
{
    enum { FIELDS_MAX = 8 };
    struct searching searching = {.itself = itself, .twins = twins};
    char key[CHECK_KEY_BYTES], labels[SAME_LABELS_BYTES];
    size_t at = 0;
    int rc = LINLI_OK;
    searching.labels = labels;
    while (at < subject->type->same_count && rc == LINLI_OK && searching.count < SAME_TWINS) {
        const linli_field *list = &subject->type->same[at];
        struct linli_where where[FIELDS_MAX];
        size_t fields = 0;
        for (; subject->type->same[at] != 0; at++)
            if (fields < FIELDS_MAX && subject->value(subject->at, subject->type->same[at]) != NULL) {
                where[fields].field = subject->type->same[at];
                where[fields++].equals = *subject->value(subject->at, subject->type->same[at]);
            }
        at++;
        if (key_of(subject, list, key, labels) == 0)
            continue;
        struct linli_query query = {.type = subject->type->number, .scope = subject->type->same_anywhere ? NULL : subject->scope,
                                    .where = where, .where_count = fields, .closed = true};
        rc = linli_query_each(store, &query, on_twin, &searching);
    }
    *count = searching.count;
    return rc;
}

/* Command line, XLSX: the workbook: its relationships lead to a sheet, to the shared texts and to the styles. */
#include "xlsx_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELATION_BYTES = 128, RELATIONS_MAX = 4096, CUSTOM_MAX = 1024 };

/* ---- relationships: an id or a kind to the name of a part ---- */

struct relation {
    char id[RELATION_BYTES], kind[32], target[XLSX_NAME_BYTES];
};
struct relations {
    const char *of; /* the part that they are of, "" for the package */
    struct relation *at;
    size_t count, room;
};

/* A target beside the part that names it, or from the top. False when it is too long. */
static bool resolve(const char *of, const char *target, char out[XLSX_NAME_BYTES])
{
    const char *slash = strrchr(of, '/');
    size_t folder = target[0] == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - of);
    for (target += target[0] == '/' ? 1 : 0; strncmp(target, "../", 3) == 0; target += 3) {
        folder -= folder > 0 ? 1 : 0;
        while (folder > 0 && of[folder - 1] != '/')
            folder--;
    }
    int size = snprintf(out, XLSX_NAME_BYTES, "%.*s%s", (int)folder, of, target);
    return size > 0 && size < XLSX_NAME_BYTES;
}

static void relation_start(struct xlsx_part *part, const char *name, const char **attributes)
{
    struct relations *relations = part->at;
    const char *id = xlsx_attribute(attributes, "Id"), *kind = xlsx_attribute(attributes, "Type");
    const char *target = xlsx_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") != 0 || id == NULL || kind == NULL || target == NULL || strlen(id) >= RELATION_BYTES)
        return;
    if (relations->count == relations->room) {
        size_t room = relations->room == 0 ? 16 : relations->room * 2;
        struct relation *larger = room <= RELATIONS_MAX ? realloc(relations->at, room * sizeof(*larger)) : NULL;
        if (larger == NULL) {
            xlsx_stop(part, room <= RELATIONS_MAX ? SHEET_NO_MEMORY : SHEET_TOO_LARGE);
            return;
        }
        relations->at = larger;
        relations->room = room;
    }
    struct relation *relation = &relations->at[relations->count];
    const char *word = strrchr(kind, '/');
    snprintf(relation->id, sizeof(relation->id), "%s", id);
    snprintf(relation->kind, sizeof(relation->kind), "%s", word != NULL ? word + 1 : kind);
    if (resolve(relations->of, target, relation->target))
        relations->count++;
}

static void ignore_end(struct xlsx_part *part, const char *name)
{
    (void)part;
    (void)name;
}

static enum sheet_fault relations_read(struct xlsx_package *package, struct relations *relations)
{
    const char *slash = strrchr(relations->of, '/');
    int folder = slash != NULL ? (int)(slash + 1 - relations->of) : 0;
    char name[2 * XLSX_NAME_BYTES];
    struct xlsx_part part = {.start = relation_start, .end = ignore_end, .at = relations};
    snprintf(name, sizeof(name), "%.*s_rels/%s.rels", folder, relations->of, relations->of + folder);
    return xlsx_read(package, name, &part, NULL);
}

static const char *related(const struct relations *relations, const char *id, const char *kind)
{
    for (size_t i = 0; i < relations->count; i++)
        if ((id == NULL || strcmp(relations->at[i].id, id) == 0) && strcmp(relations->at[i].kind, kind) == 0)
            return relations->at[i].target;
    return NULL;
}

/* ---- the workbook ---- */

struct workbook {
    struct xlsx_book *book;
    char id[RELATION_BYTES];
};

static void workbook_start(struct xlsx_part *part, const char *name, const char **attributes)
{
    struct workbook *workbook = part->at;
    const char *id = xlsx_attribute(attributes, "id"), *state = xlsx_attribute(attributes, "state");
    if (strcmp(name, "workbookPr") == 0)
        workbook->book->from_1904 = xlsx_flag(xlsx_attribute(attributes, "date1904"));
    bool shown = state == NULL || strcmp(state, "visible") == 0;
    if (strcmp(name, "sheet") == 0 && id != NULL && shown && workbook->id[0] == '\0')
        snprintf(workbook->id, sizeof(workbook->id), "%s", id);
}

/* ---- shared texts ---- */

struct texts {
    struct xlsx_book *book;
    bool in_text, in_sound; /* in <t>; in <rPh>, which says how a text is read aloud */
};

static bool grow(void *at, size_t *room, size_t needed, size_t most, size_t size)
{
    void **array = at;
    size_t larger = *room == 0 ? 1024 : *room;
    while (larger < needed)
        larger *= 2;
    if (needed > most)
        return false;
    void *fresh = larger > *room ? realloc(*array, larger * size) : *array;
    if (fresh == NULL)
        return false;
    *array = fresh;
    *room = larger;
    return true;
}

static void texts_start(struct xlsx_part *part, const char *name, const char **attributes)
{
    struct texts *texts = part->at;
    struct xlsx_book *book = texts->book;
    (void)attributes;
    texts->in_text = strcmp(name, "t") == 0;
    texts->in_sound = texts->in_sound || strcmp(name, "rPh") == 0;
    if (strcmp(name, "si") != 0)
        return;
    if (!grow(&book->starts, &book->text_room, book->text_count + 1, XLSX_TEXTS, sizeof(*book->starts)))
        xlsx_stop(part, SHEET_TOO_LARGE);
    else
        book->starts[book->text_count++] = (uint32_t)book->texts_used;
}

static void texts_put(struct xlsx_part *part, const char *text, size_t size)
{
    struct xlsx_book *book = ((struct texts *)part->at)->book;
    if (!grow(&book->texts, &book->texts_room, book->texts_used + size, XLSX_TEXTS_BYTES, 1)) {
        xlsx_stop(part, SHEET_TOO_LARGE);
        return;
    }
    memcpy(book->texts + book->texts_used, text, size);
    book->texts_used += size;
}

static void texts_text(struct xlsx_part *part, const char *text, size_t size)
{
    const struct texts *texts = part->at;
    if (texts->in_text && !texts->in_sound && texts->book->text_count > 0)
        texts_put(part, text, size);
}

static void texts_end(struct xlsx_part *part, const char *name)
{
    struct texts *texts = part->at;
    texts->in_text = false;
    if (strcmp(name, "rPh") == 0)
        texts->in_sound = false;
    if (strcmp(name, "si") == 0)
        texts_put(part, "", 1);
}

/* ---- styles ---- */

struct styles {
    struct xlsx_book *book;
    unsigned long custom[CUSTOM_MAX]; /* formats of the file's own that show dates */
    size_t custom_count;
    bool in_cells;
};

bool xlsx_format_is_date(const char *code)
{
    for (; *code != '\0' && *code != ';'; code++) {
        const char *end = NULL;
        if (*code == '"' || *code == '[')
            end = strchr(code + 1, *code == '"' ? '"' : ']');
        else if (*code == '\\' || *code == '_' || *code == '*')
            end = code[1] != '\0' ? code + 1 : code;
        else if (strchr("yYdD", *code) != NULL)
            return true;
        code = end != NULL ? end : code;
    }
    return false;
}

/* Those of the standard, and those that mean dates in Chinese, Japanese and Korean editions. */
static bool format_number_is_date(const struct styles *styles, unsigned long number)
{
    bool known = (number >= 14 && number <= 17) || number == 22 || (number >= 27 && number <= 36) || (number >= 50 && number <= 58);
    for (size_t i = 0; !known && i < styles->custom_count; i++)
        known = styles->custom[i] == number;
    return known;
}

static void styles_start(struct xlsx_part *part, const char *name, const char **attributes)
{
    struct styles *styles = part->at;
    struct xlsx_book *book = styles->book;
    const char *id = xlsx_attribute(attributes, "numFmtId"), *code = xlsx_attribute(attributes, "formatCode");
    unsigned long number = id != NULL ? strtoul(id, NULL, 10) : 0;
    if (strcmp(name, "numFmt") == 0 && code != NULL && xlsx_format_is_date(code) && styles->custom_count < CUSTOM_MAX)
        styles->custom[styles->custom_count++] = number;
    if (strcmp(name, "cellXfs") == 0)
        styles->in_cells = true;
    if (strcmp(name, "xf") != 0 || !styles->in_cells)
        return;
    if (!grow(&book->dates, &book->style_room, book->style_count + 1, XLSX_STYLES, 1))
        xlsx_stop(part, SHEET_TOO_LARGE);
    else
        book->dates[book->style_count++] = format_number_is_date(styles, number);
}

static void styles_end(struct xlsx_part *part, const char *name)
{
    if (strcmp(name, "cellXfs") == 0)
        ((struct styles *)part->at)->in_cells = false;
}

/* ---- together ---- */

static enum sheet_fault read_parts(struct xlsx_package *package, const char *workbook_name, struct relations *relations,
                                   struct xlsx_book *book)
{
    struct workbook workbook = {.book = book};
    struct texts texts = {.book = book};
    struct styles styles = {.book = book};
    struct xlsx_part parts[] = {{.start = workbook_start, .end = ignore_end, .at = &workbook},
                                {.start = texts_start, .end = texts_end, .text = texts_text, .at = &texts},
                                {.start = styles_start, .end = styles_end, .at = &styles}};
    enum sheet_fault fault = xlsx_read(package, workbook_name, &parts[0], NULL);
    if (fault == SHEET_GOOD)
        fault = relations_read(package, relations);
    if (fault != SHEET_GOOD)
        return fault;
    const char *sheet = related(relations, workbook.id, "worksheet"), *shared = related(relations, NULL, "sharedStrings");
    const char *looks = related(relations, NULL, "styles");
    bool missing = false;
    if (sheet == NULL)
        return SHEET_BROKEN;
    memcpy(book->sheet, sheet, strlen(sheet) + 1);
    if (shared != NULL)
        fault = xlsx_read(package, shared, &parts[1], &missing);
    if (fault == SHEET_GOOD && looks != NULL)
        fault = xlsx_read(package, looks, &parts[2], &missing);
    return fault;
}

enum sheet_fault xlsx_book_read(struct xlsx_package *package, struct xlsx_book *book)
{
    struct relations top = {.of = ""}, own = {.of = NULL};
    enum sheet_fault fault = relations_read(package, &top);
    const char *workbook = fault == SHEET_GOOD ? related(&top, NULL, "officeDocument") : NULL;
    own.of = workbook;
    if (fault == SHEET_GOOD)
        fault = workbook != NULL ? read_parts(package, workbook, &own, book) : SHEET_BROKEN;
    free(top.at);
    free(own.at);
    return fault;
}

void xlsx_book_free(struct xlsx_book *book)
{
    free(book->texts);
    free(book->starts);
    free(book->dates);
}

/* Returns: what `_xHHHH_` stands for, when it is a control character or the mark of the escape; -1 for others. */
static int escape_at(const char *text)
{
    unsigned value = 0;
    if (strncmp(text, "_x", 2) != 0 || strspn(text + 2, "0123456789abcdefABCDEF") != 4 || text[6] != '_')
        return -1;
    value = (unsigned)strtoul(text + 2, NULL, 16);
    return value == '_' || (value < 0x20 && value > 0) ? (int)value : -1;
}

void xlsx_unescape(char *text)
{
    char *to = text;
    while (*text != '\0') {
        int value = escape_at(text);
        *to++ = value >= 0 ? (char)value : *text;
        text += value >= 0 ? 7 : 1;
    }
    *to = '\0';
}

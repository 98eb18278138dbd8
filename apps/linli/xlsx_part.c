/*
 * Command line, XLSX: libzip unpacks a part in pieces and expat reads them. What is unpacked is counted, never believed; a
 * document type is refused, so there are no entities to grow; what expat has to hold of one tag is bounded.
 */
#include "xlsx_part.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum { PIECE_BYTES = 16 * 1024 };

struct xlsx_package {
    zip_t *zip;
};

enum sheet_fault xlsx_open(const char *data, size_t size, struct xlsx_package **out)
{
    zip_error_t error;
    struct xlsx_package *package = calloc(1, sizeof(*package));
    zip_error_init(&error);
    zip_source_t *source = package != NULL ? zip_source_buffer_create(data, size, 0, &error) : NULL;
    if (source != NULL)
        package->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    bool memory = package == NULL || zip_error_code_zip(&error) == ZIP_ER_MEMORY;
    zip_error_fini(&error);
    if (package != NULL && package->zip != NULL && zip_get_num_entries(package->zip, 0) <= XLSX_ENTRIES) {
        *out = package;
        return SHEET_GOOD;
    }
    bool opened = package != NULL && package->zip != NULL;
    if (source != NULL && !opened)
        zip_source_free(source);
    xlsx_close(package);
    return opened ? SHEET_TOO_LARGE : memory ? SHEET_NO_MEMORY : SHEET_BROKEN;
}

void xlsx_close(struct xlsx_package *package)
{
    if (package == NULL)
        return;
    if (package->zip != NULL)
        zip_discard(package->zip);
    free(package);
}

/* ---- handlers ---- */

static const char *plain_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

const char *xlsx_attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2)
        if (strcmp(plain_name(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

bool xlsx_flag(const char *value)
{
    return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0);
}

void xlsx_stop(struct xlsx_part *part, enum sheet_fault fault)
{
    if (part->fault == SHEET_GOOD)
        part->fault = fault;
    XML_StopParser(part->parser, XML_FALSE);
}

static void on_start(void *at, const char *name, const char **attributes)
{
    struct xlsx_part *part = at;
    if (part->fault == SHEET_GOOD && part->depth == XLSX_DEPTH)
        xlsx_stop(part, SHEET_HOSTILE);
    if (part->fault != SHEET_GOOD)
        return;
    part->depth++;
    part->start(part, plain_name(name), attributes);
}

static void on_end(void *at, const char *name)
{
    struct xlsx_part *part = at;
    if (part->fault != SHEET_GOOD)
        return;
    part->depth--;
    part->end(part, plain_name(name));
}

static void on_text(void *at, const char *text, int size)
{
    struct xlsx_part *part = at;
    if (part->fault == SHEET_GOOD && part->text != NULL)
        part->text(part, text, (size_t)size);
}

static void on_doctype(void *at, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    xlsx_stop(at, SHEET_HOSTILE);
}

/* ---- a part ---- */

static void parse_piece(struct xlsx_part *part, const char *piece, size_t size)
{
    if (XML_Parse(part->parser, piece, (int)size, size == 0) != XML_STATUS_OK) {
        enum XML_Error code = XML_GetErrorCode(part->parser);
        if (part->fault == SHEET_GOOD)
            part->fault = code == XML_ERROR_NO_MEMORY ? SHEET_NO_MEMORY : SHEET_BROKEN;
        return;
    }
    XML_Index read = XML_GetCurrentByteIndex(part->parser); /* where the last tag or text begins; -1 before the first */
    if (part->done - (read > 0 ? (uint64_t)read : 0) > XLSX_TOKEN_BYTES)
        part->fault = SHEET_TOO_LARGE;
}

static void parse_all(struct xlsx_part *part, zip_file_t *file, uint64_t packed)
{
    char *piece = malloc(PIECE_BYTES);
    zip_int64_t size = 1;
    if (piece == NULL)
        part->fault = SHEET_NO_MEMORY;
    while (part->fault == SHEET_GOOD && size > 0) {
        size = zip_fread(file, piece, PIECE_BYTES);
        part->done += size > 0 ? (uint64_t)size : 0;
        if (size < 0)
            part->fault = SHEET_BROKEN;
        else if (part->done > XLSX_PART_BYTES)
            part->fault = SHEET_TOO_LARGE;
        else if (part->done > XLSX_FREE_BYTES && part->done / XLSX_RATIO > packed)
            part->fault = SHEET_HOSTILE;
        else
            parse_piece(part, piece, (size_t)size);
    }
    free(piece);
}

/* SHEET_GOOD: `about` speaks of an entry that we can unpack. */
static enum sheet_fault find_entry(struct xlsx_package *package, const char *name, zip_stat_t *about)
{
    zip_stat_init(about);
    if (zip_stat(package->zip, name, ZIP_FL_NOCASE, about) != 0 || (about->valid & ZIP_STAT_INDEX) == 0)
        return SHEET_BROKEN;
    if ((about->valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about->encryption_method != ZIP_EM_NONE)
        return SHEET_LOCKED;
    bool usual = about->comp_method == ZIP_CM_STORE || about->comp_method == ZIP_CM_DEFLATE;
    return usual ? SHEET_GOOD : SHEET_HOSTILE;
}

enum sheet_fault xlsx_read(struct xlsx_package *package, const char *name, struct xlsx_part *part, bool *missing)
{
    zip_stat_t about;
    enum sheet_fault fault = find_entry(package, name, &about);
    if (missing != NULL)
        *missing = fault == SHEET_BROKEN;
    if (fault != SHEET_GOOD)
        return fault == SHEET_BROKEN && missing != NULL ? SHEET_GOOD : fault;
    zip_file_t *file = zip_fopen_index(package->zip, about.index, 0);
    part->parser = file != NULL ? XML_ParserCreate(NULL) : NULL;
    part->total = about.size;
    part->depth = 0;
    part->done = 0;
    part->fault = SHEET_GOOD;
    if (file == NULL) {
        part->fault = SHEET_BROKEN;
    } else if (part->parser == NULL) {
        part->fault = SHEET_NO_MEMORY;
    } else {
        XML_SetUserData(part->parser, part);
        XML_SetElementHandler(part->parser, on_start, on_end);
        XML_SetCharacterDataHandler(part->parser, on_text);
        XML_SetStartDoctypeDeclHandler(part->parser, on_doctype);
        parse_all(part, file, about.comp_size);
    }
    if (part->parser != NULL)
        XML_ParserFree(part->parser);
    if (file != NULL)
        (void)zip_fclose(file);
    part->parser = NULL;
    return part->fault;
}

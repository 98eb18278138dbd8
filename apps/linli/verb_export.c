/* Command line, `linli export`: canonical JSON Lines, or a table, CSV or XLSX: a roster as `import` reads it, or one type's fields. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actor.h"
#include "export.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "sheet_writer.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

/* Lines wait in a spool until the order of their ids is known. */
struct line {
    linli_id id;
    long offset;
    size_t size;
};

struct sorter {
    struct export *export;
    FILE *file;
    long written;
    struct line *lines;
    size_t count, room;
    int status;
};

static bool keep_line(struct sorter *sorter, const linli_id *id, const char *text)
{
    if (sorter->count == sorter->room) {
        size_t room = sorter->room == 0 ? 1024 : sorter->room * 2;
        struct line *larger = realloc(sorter->lines, room * sizeof(*larger));
        if (larger == NULL) {
            sorter->status = fail_memory(sorter->export->ctx);
            return false;
        }
        sorter->lines = larger;
        sorter->room = room;
    }
    size_t size = strlen(text);
    if (fwrite(text, 1, size, sorter->file) != size) {
        sorter->status = fail_memory(sorter->export->ctx);
        return false;
    }
    sorter->lines[sorter->count++] = (struct line){.id = *id, .offset = sorter->written, .size = size};
    sorter->written += (long)size;
    return true;
}

static bool on_record(void *at, const linli_record *record)
{
    struct sorter *sorter = at;
    json_t *json = records_json(record, RECORDS_CONFLICTS);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(json);
    if (text == NULL)
        sorter->status = fail_memory(sorter->export->ctx);
    bool good = text != NULL && keep_line(sorter, linli_record_id(record), text);
    sorter->export->count += good;
    free(text);
    return good;
}

static int by_id(const void *a, const void *b)
{
    const struct line *left = a, *right = b;
    return memcmp(left->id.b, right->id.b, sizeof(left->id.b));
}

static int copy_lines(struct sorter *sorter)
{
    char *text = NULL;
    size_t room = 0;
    int status = STATUS_DONE;
    if (sorter->count > 0)
        qsort(sorter->lines, sorter->count, sizeof(*sorter->lines), by_id);
    for (size_t i = 0; status == STATUS_DONE && i < sorter->count; i++) {
        const struct line *line = &sorter->lines[i];
        if (line->size + 1 > room) {
            room = 2 * (line->size + 1);
            free(text);
            text = malloc(room);
        }
        if (text == NULL)
            status = fail_memory(sorter->export->ctx);
        else if (fseek(sorter->file, line->offset, SEEK_SET) != 0 || fread(text, 1, line->size, sorter->file) != line->size)
            status = fail_memory(sorter->export->ctx);
        else {
            text[line->size] = '\n';
            fwrite(text, 1, line->size + 1, sorter->export->out);
        }
    }
    free(text);
    return status;
}

/* Without --type, the audit stays out: that this was exported is in it, and two replicas that agree export the same bytes. */
static bool is_exported(const struct export *export, const struct linli_schema_type *type)
{
    return export->type != NULL ? export->type == type : strcmp(type->name, "audit") != 0;
}

static int export_jsonl(struct export *export)
{
    struct sorter sorter = {.export = export, .file = spool_stream()};
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    if (sorter.file == NULL)
        return fail_memory(export->ctx);
    for (size_t i = 0; i < count && sorter.status == STATUS_DONE; i++) {
        if (!is_exported(export, &types[i]))
            continue;
        struct linli_query query = {.type = types[i].number, .scope = export->scope, .subtree = true};
        int rc = linli_query_each(export->ctx->store, &query, on_record, &sorter);
        if (rc != LINLI_OK && sorter.status == STATUS_DONE)
            sorter.status = fail_code(export->ctx, "export", rc);
    }
    if (sorter.status == STATUS_DONE)
        sorter.status = copy_lines(&sorter);
    free(sorter.lines);
    fclose(sorter.file);
    return sorter.status;
}

/* ---- one type as a table ---- */

struct listing {
    struct export *export;
    struct sheet_writer *writer;
};

static bool on_row(void *at, const linli_record *record)
{
    struct listing *listing = at;
    struct export *export = listing->export;
    char id[OUTPUT_HEX_BYTES];
    sheet_writer_cell(listing->writer, output_id(linli_record_id(record), id));
    sheet_writer_cell(listing->writer, output_id(linli_record_scope(record), id));
    for (size_t i = 0; i < export->type->field_count; i++) {
        const struct linli_schema_field *field = &export->type->fields[i];
        const struct linli_reading *reading = linli_record_field(record, field->number);
        char *text = reading != NULL ? value_reading_text(field, reading) : NULL;
        sheet_writer_cell(listing->writer, text != NULL ? text : "");
        free(text);
    }
    export->count++;
    return ferror(export->out) == 0;
}

static void write_headings(const struct listing *listing)
{
    const struct linli_schema_type *type = listing->export->type;
    sheet_writer_column(listing->writer, "id", false);
    sheet_writer_column(listing->writer, "scope", false);
    for (size_t i = 0; i < type->field_count; i++) {
        bool digits = type->fields[i].format == LINLI_FORMAT_IDENTITY || type->fields[i].format == LINLI_FORMAT_PHONE;
        sheet_writer_column(listing->writer, value_field_label(&type->fields[i]), digits);
    }
    sheet_writer_head(listing->writer);
}

static int export_type(struct export *export)
{
    struct linli_query query = {.type = export->type->number, .scope = export->scope, .subtree = true};
    struct listing listing = {.export = export};
    struct spool spool;
    int status = STATUS_DONE;
    listing.writer = sheet_writer_open(export->ctx, &export->out, export->xlsx, &status);
    if (listing.writer == NULL)
        return status;
    write_headings(&listing);
    status = spool_begin(export->ctx, &export->out, &spool);
    if (status != STATUS_DONE) {
        sheet_writer_drop(listing.writer);
        return status;
    }
    int rc = linli_query_each(export->ctx->store, &query, on_row, &listing);
    status = spool_end(export->ctx, &spool);
    if (rc != LINLI_OK)
        status = fail_code(export->ctx, "export", rc);
    if (status == STATUS_DONE)
        return sheet_writer_close(listing.writer);
    sheet_writer_drop(listing.writer);
    return status;
}

/* ---- where to ---- */

/*
 * In the audit before the first byte leaves, and again with the count. Whose device may write nowhere (a viewer's) has been
 * granted nothing but what is public, and is told; anybody else exports nothing that cannot be recorded.
 */
static int note(struct export *export)
{
    struct context *ctx = export->ctx;
    struct linli_audit_note note = {.act = LINLI_AUDIT_EXPORT, .scope = export->scope, .count = export->count,
                                    .type = export->type != NULL ? export->type->number : 0,
                                    .format = export->resident != NULL ? "resident" : option_value(&ctx->options, "format")};
    int rc = linli_audit_note(ctx->store, &note);
    if (rc != LINLI_E_REFUSED)
        return fail_code(ctx, "export", rc);
    if (export->count == 0)
        fprintf(ctx->err, "%s", _("linli: this export is not recorded: this device may write nowhere\n"));
    return STATUS_DONE;
}

static int write_kind(struct export *export)
{
    if (export->resident != NULL)
        return export_resident(export);
    if (strcmp(option_value(&export->ctx->options, "format"), "jsonl") == 0)
        return export_jsonl(export);
    return export->type != NULL ? export_type(export) : export_roster(export);
}

static int write_all(struct export *export)
{
    int status = note(export);
    if (status == STATUS_DONE)
        status = write_kind(export);
    return status == STATUS_DONE && export->count > 0 ? note(export) : status;
}

/* A device or a pipe is written to; anything else appears under its name whole, or not at all. */
static int open_target(const char *path, char **fresh)
{
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    size_t size = strlen(path) + sizeof(".XXXXXX");
    *fresh = malloc(size);
    if (*fresh == NULL)
        return -1;
    snprintf(*fresh, size, "%s.XXXXXX", path);
    int fd = mkstemp(*fresh); /* new, of mode 0600, under a name that nobody could foresee */
    if (fd >= 0)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    else
        (*fresh)[0] = '\0';
    return fd;
}

static int write_file(struct export *export, const char *name)
{
    char *path = context_path(export->ctx, name), *fresh = NULL;
    int status = STATUS_DONE;
    if (path == NULL)
        return fail_memory(export->ctx);
    int fd = open_target(path, &fresh);
    export->out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (export->out == NULL) {
        status = fail(export->ctx, STATUS_FAILED, name, _("check the folder"), "%s", strerror(errno));
        if (fd >= 0)
            close(fd);
        goto out;
    }
    status = write_all(export);
    bool broken = fflush(export->out) != 0 || ferror(export->out) != 0 || (fresh != NULL && fsync(fd) != 0);
    broken = fclose(export->out) != 0 || broken;
    if (status == STATUS_DONE && (broken || (fresh != NULL && rename(fresh, path) != 0)))
        status = fail(export->ctx, STATUS_FAILED, name, _("check the disk"), "%s", strerror(errno));

out:
    if (status != STATUS_DONE && fresh != NULL && fresh[0] != '\0')
        unlink(fresh);
    free(fresh);
    free(path);
    return status;
}

int verb_export(struct context *ctx)
{
    linli_id scope, resident;
    bool given = false, one = option_has(&ctx->options, "resident");
    const char *type = option_value(&ctx->options, "type"), *out = option_value(&ctx->options, "out");
    const char *format = option_value(&ctx->options, "format");
    struct export export = {.ctx = ctx, .out = ctx->out, .xlsx = format != NULL && strcmp(format, "xlsx") == 0,
                            .plain = option_has(&ctx->options, "plain")};
    if (!one && format == NULL)
        return fail_usage(ctx, "%s", _("--format is needed"));
    if (type != NULL && (export.type = records_type(ctx, type)) == NULL)
        return STATUS_USAGE;
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &scope, &given);
    if (status == STATUS_DONE && one)
        status = records_find(ctx, option_value(&ctx->options, "resident"), &resident);
    if (status != STATUS_DONE)
        return status;
    export.scope = given ? &scope : NULL;
    export.resident = one ? &resident : NULL;
    return out != NULL ? write_file(&export, out) : write_all(&export);
}

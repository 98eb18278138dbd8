/* Command line, `linli show`: one record whole. */
#include <stdlib.h>

#include "actor.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "value.h"
#include "verbs.h"

static int show_text(struct context *ctx, const linli_record *record)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(linli_record_type(record));
    char id[OUTPUT_HEX_BYTES], number[16];
    const char *headings[] = {"", "", ""};
    struct table table;
    fprintf(ctx->out, "%s %s", type != NULL ? value_type_label(type) : records_type_name(linli_record_type(record), number),
            output_id(linli_record_id(record), id));
    if (linli_record_deleted(record))
        fprintf(ctx->out, " (%s)", _("deleted"));
    if (linli_record_revived(record))
        fprintf(ctx->out, " (%s)", _("deleted by one, edited meanwhile by another"));
    fputc('\n', ctx->out);
    table_begin(&table, headings, 3);
    for (size_t i = 0; i < linli_record_count(record); i++) {
        const struct linli_reading *reading = linli_record_at(record, i);
        const struct linli_schema_field *field = type != NULL ? linli_schema_field_by_number(type, reading->field) : NULL;
        char *text = value_reading_text(field, reading);
        if (text == NULL)
            table.broken = true;
        const char *row[] = {field != NULL ? value_field_label(field) : records_field_name(type, reading->field, number),
                             text, reading->conflicts > 0 ? _("(others wrote otherwise: see 'linli conflicts')") : ""};
        table_row(&table, row);
        free(text);
    }
    return table_finish(ctx, &table, true);
}

int verb_show(struct context *ctx)
{
    linli_id id;
    linli_record *record = NULL;
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_find(ctx, ctx->options.args[0], &id);
    if (status != STATUS_DONE)
        return status;
    int rc = linli_record_get(ctx->store, &id, &record);
    if (rc != LINLI_OK)
        status = fail_code(ctx, ctx->options.args[0], rc);
    else if (ctx->json)
        status = output_json(ctx, records_json(record, RECORDS_CONFLICTS | RECORDS_DELETED | RECORDS_TOKEN));
    else
        status = show_text(ctx, record);
    linli_record_free(record);
    return status;
}

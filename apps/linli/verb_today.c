/* Command line, `linli today`: what there is to do, the most urgent of each kind first. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "today.h"
#include "value.h"
#include "verbs.h"

static const char *const names[TODAY_KINDS] = {"visit", "hazard", "announcement", "request", "round", "newcomer"};

static const char *label(enum today_kind kind)
{
    const char *const labels[TODAY_KINDS] = {_("visit"),   _("hazard"),       _("announcement to read"),
                                             _("request"), _("round ending"), _("newcomer to register")};
    return labels[kind];
}

static bool overdue(const struct today *today, const struct today_item *item)
{
    return item->kind != TODAY_NEWCOMER && item->day[0] != '\0' && strcmp(item->day, today->day) < 0;
}

static const struct linli_schema_field *state_field(const struct today_item *item)
{
    return linli_schema_field_by_name(linli_schema_type_by_name(item->kind == TODAY_HAZARD ? "hazard" : "request"), "state");
}

static bool has_state(const struct today_item *item)
{
    return item->state != 0 && (item->kind == TODAY_HAZARD || item->kind == TODAY_REQUEST);
}

static json_t *item_json(const struct today *today, const struct today_item *item)
{
    struct linli_value state = linli_int(item->state);
    return json_pack("{s:s, s:o?, s:o?, s:s?, s:b, s:o?, s:s}", "kind", names[item->kind], "record", output_json_id(&item->record), "scope",
                     output_json_id(&item->scope), "day", item->day[0] != '\0' ? item->day : NULL, "overdue", overdue(today, item) ? 1 : 0,
                     "state", has_state(item) ? value_json(state_field(item), &state) : json_null(), "text", item->text);
}

static int print_json(const struct today *today)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < today->count && status == STATUS_DONE; i++)
        status = output_json(today->ctx, item_json(today, &today->items[i]));
    return status;
}

static void item_row(const struct today *today, const struct today_item *item, struct table *table)
{
    char id[OUTPUT_HEX_BYTES];
    struct linli_value state = linli_int(item->state);
    char *word = has_state(item) ? value_text(state_field(item), &state) : NULL;
    output_id(&item->record, id);
    id[8] = '\0';
    const char *row[] = {label(item->kind), item->day, overdue(today, item) ? _("overdue") : "", word, item->text, id};
    table_row(table, row);
    free(word);
}

static int print_table(const struct today *today)
{
    struct table table;
    const char *headings[] = {_("what"), _("by"), "", _("state"), _("about"), _("id")};
    if (today->count == 0) {
        fprintf(today->ctx->out, "%s\n", _("nothing is due today"));
        return STATUS_DONE;
    }
    table_begin(&table, headings, 6);
    for (size_t i = 0; i < today->count; i++)
        item_row(today, &today->items[i], &table);
    return table_finish(today->ctx, &table, true);
}

int verb_today(struct context *ctx)
{
    struct today today = {.ctx = ctx};
    linli_id scope;
    bool given = false;
    int status = actor_reads(ctx);
    if (status == STATUS_DONE)
        status = records_scope_option(ctx, &scope, &given);
    if (status != STATUS_DONE)
        return status;
    today.scope = given ? &scope : NULL;
    int rc = today_gather(&today);
    status = rc != LINLI_OK ? fail_code(ctx, "today", rc) : ctx->json ? print_json(&today) : print_table(&today);
    today_free(&today);
    return status;
}

/* Command line, receipts: what nodes confirmed, and what their receipts warn of, in words and as JSON. */
#include "warned.h"

#include <string.h>

#include "dates.h"
#include "output.h"

void warned_hear(void *warned, const struct linli_event *event)
{
    struct warned *to = warned;
    if (event->kind != LINLI_EVENT_WARNING)
        return;
    to->at[to->count % WARNED_MAX] = *event;
    to->count++;
}

static const char *kind_name(enum linli_warning_kind kind)
{
    switch (kind) {
    case LINLI_WARNING_FORKED: return "forked";
    case LINLI_WARNING_ROLLED_BACK: return "rolled-back";
    case LINLI_WARNING_RIGHTS_WITHHELD: return "rights-withheld";
    case LINLI_WARNING_RECORDS_WITHHELD: return "records-withheld";
    case LINLI_WARNING_MISSTATED: return "misstated";
    case LINLI_WARNING_ANEW: return "began-anew";
    }
    return "";
}

/* --- as JSON --- */

struct listing {
    json_t *list; /* NULL: out of memory */
};

static json_t *time_json(uint64_t ms)
{
    char text[DATES_TIME_BYTES];
    return ms == 0 ? json_null() : json_string(dates_write_time((int64_t)ms, text));
}

static bool add(struct listing *l, json_t *one)
{
    if (json_array_append_new(l->list, one) == 0)
        return true;
    json_decref(l->list);
    l->list = NULL;
    return false;
}

static bool warning_add(void *listing, const struct linli_warning *warning)
{
    char node[OUTPUT_HEX_BYTES], incarnation[17];
    (void)snprintf(incarnation, sizeof(incarnation), "%016llx", (unsigned long long)warning->incarnation);
    output_hex(warning->node, sizeof(warning->node), node);
    return add(listing, json_pack("{s:s, s:s, s:s, s:b, s:o?, s:o?, s:[o?, o?]}", "kind", kind_name(warning->kind), "node", node,
                                  "incarnation", incarnation, "self", (int)warning->self, "scope",
                                  output_json_id(&warning->scope), "noticed", time_json(warning->noticed_ms), "issued",
                                  time_json(warning->issued_ms[0]), time_json(warning->issued_ms[1])));
}

static bool receipt_add(void *listing, const struct linli_receipt *receipt)
{
    char node[OUTPUT_HEX_BYTES];
    output_hex(receipt->node, sizeof(receipt->node), node);
    return add(listing, json_pack("{s:s, s:o?, s:o?, s:b}", "node", node, "scope", output_json_id(&receipt->scope), "issued",
                                  time_json(receipt->issued_ms), "ours", (int)receipt->ours));
}

json_t *warned_json(struct context *ctx, int *rc)
{
    struct listing l = {json_array()};
    *rc = l.list == NULL ? LINLI_E_NOMEM : linli_warning_each(ctx->store, warning_add, &l);
    if (*rc == LINLI_OK && l.list == NULL)
        *rc = LINLI_E_NOMEM;
    return l.list;
}

json_t *warned_receipts_json(struct context *ctx, int *rc)
{
    struct listing l = {json_array()};
    *rc = l.list == NULL ? LINLI_E_NOMEM : linli_receipt_each(ctx->store, receipt_add, &l);
    if (*rc == LINLI_OK && l.list == NULL)
        *rc = LINLI_E_NOMEM;
    return l.list;
}

/* --- in words --- */

struct printing {
    FILE *out;
    const struct warned *only;
};

static bool told(const struct warned *only, const struct linli_warning *warning)
{
    size_t count = only == NULL ? 0 : only->count < WARNED_MAX ? only->count : WARNED_MAX;
    for (size_t i = 0; i < count; i++)
        if (only->at[i].warning == (unsigned)warning->kind && only->at[i].author.incarnation == warning->incarnation &&
            memcmp(only->at[i].author.key, warning->node, sizeof(warning->node)) == 0)
            return true;
    return only == NULL;
}

/* What was noticed; %1$s: the node, %2$s and %3$s: when the two receipts were signed. */
static const char *words(const struct linli_warning *warning)
{
    if (warning->self)
        return _("warning: this store was put back to an older state (%s): it had confirmed more on %s\n");
    switch (warning->kind) {
    case LINLI_WARNING_FORKED:
        return _("warning: node %s told two stories: what it signed on %s and on %s cannot both be true\n");
    case LINLI_WARNING_ROLLED_BACK:
        return _("warning: node %s was put back to an older state: of what it confirmed on %s something is gone (seen on %s)\n");
    case LINLI_WARNING_RIGHTS_WITHHELD:
        return _("warning: node %s withholds what takes rights back: it had it on %s, and not on %s\n");
    case LINLI_WARNING_RECORDS_WITHHELD:
        return _("warning: node %s withholds records: it had them on %s, and not on %s\n");
    case LINLI_WARNING_MISSTATED:
        return _("warning: node %s signed on %s what is not so\n");
    case LINLI_WARNING_ANEW:
        return _("warning: node %s began anew: before, it last confirmed on %s, since then on %s\n");
    }
    return "";
}

static const char *advice(const struct linli_warning *warning)
{
    if (warning->self)
        return _("  it goes on under a new incarnation; let every device that was here since meet it again\n");
    switch (warning->kind) {
    case LINLI_WARNING_ROLLED_BACK:
    case LINLI_WARNING_RECORDS_WITHHELD:
        return _("  let every device that met it since meet it again, so that it is filled again, and tell whoever runs it\n");
    case LINLI_WARNING_ANEW:
        return _("  restored or admitted again? ask whoever runs it, and let every device meet it again\n");
    case LINLI_WARNING_FORKED:
    case LINLI_WARNING_RIGHTS_WITHHELD:
    case LINLI_WARNING_MISSTATED:
        return _("  do not rely on it alone: meet another node, and tell the level above\n");
    }
    return "";
}

static bool warning_print(void *printing, const struct linli_warning *warning)
{
    const struct printing *p = printing;
    char node[OUTPUT_HEX_BYTES], first[DATES_TIME_BYTES] = "", second[DATES_TIME_BYTES] = "";
    if (!told(p->only, warning))
        return true;
    output_hex(warning->node, sizeof(warning->node), node);
    node[8] = '\0';
    if (warning->issued_ms[0] != 0)
        dates_write_local((int64_t)warning->issued_ms[0], first);
    if (warning->issued_ms[1] != 0)
        dates_write_local((int64_t)warning->issued_ms[1], second);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fprintf(p->out, words(warning), node, first, second);
#pragma GCC diagnostic pop
    fputs(advice(warning), p->out);
    return true;
}

int warned_print(struct context *ctx, FILE *out, const struct warned *only)
{
    struct printing p = {out, only};
    return only != NULL && only->count == 0 ? LINLI_OK : linli_warning_each(ctx->store, warning_print, &p);
}

static bool receipt_print(void *at, const struct linli_receipt *receipt)
{
    struct context *ctx = at;
    char node[OUTPUT_HEX_BYTES], when[DATES_TIME_BYTES];
    output_hex(receipt->node, sizeof(receipt->node), node);
    node[8] = '\0';
    if (receipt->ours)
        fprintf(ctx->out, _("node %s confirmed on %s what is here\n"), node, dates_write_local((int64_t)receipt->issued_ms, when));
    return true;
}

int warned_print_receipts(struct context *ctx)
{
    return linli_receipt_each(ctx->store, receipt_print, ctx);
}

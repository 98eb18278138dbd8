/* Command line, `linli audit`: what was shown to whom, what was exported, and what was done with rights. */
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "fail.h"
#include "output.h"
#include "records.h"
#include "spool.h"
#include "value.h"
#include "verbs.h"

enum { WHAT_BYTES = 400, CLASSES_MAX = 6, WHO_LEAST = 4 };

static const struct act {
    enum linli_audit_act act;
    const char *name, *label;
} acts[] = {{LINLI_AUDIT_READ, "read", N_("read")},         {LINLI_AUDIT_LIST, "list", N_("listed")},
            {LINLI_AUDIT_SEARCH, "search", N_("searched")}, {LINLI_AUDIT_HISTORY, "history", N_("read the history")},
            {LINLI_AUDIT_CONFLICTS, "conflicts", N_("read conflicts")},
            {LINLI_AUDIT_EXPORT, "export", N_("exported")}, {LINLI_AUDIT_GRANT, "grant", N_("granted")},
            {LINLI_AUDIT_REVOKE, "revoke", N_("revoked")},  {LINLI_AUDIT_ADOPT, "adopt", N_("adopted")},
            {LINLI_AUDIT_REJECT, "reject", N_("rejected")}, {LINLI_AUDIT_ERASE, "erase", N_("erased")}};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };
static const char *const causes[] = {"", "left", "moved", "lost", "stolen", "error", "retired"};

struct listing {
    struct context *ctx;
    const char *who;
    size_t skip, matches; /* of those that match, the newest are shown */
    bool counting;
    struct table table;
    int status;
};

static const struct act *act_of(enum linli_audit_act act)
{
    for (size_t i = 0; i < ACTS; i++)
        if (acts[i].act == act)
            return &acts[i];
    return NULL;
}

static const char *reason_of(const struct linli_audit *a)
{
    size_t cause = (size_t)a->cause;
    return a->reason[0] != '\0' ? a->reason : cause < sizeof(causes) / sizeof(causes[0]) ? causes[cause] : "";
}

/* By the user's name, the name that the device was granted under, or the start of its key. */
static bool is_by(struct context *ctx, const struct linli_audit *a, const char *who)
{
    char device[64], key[OUTPUT_HEX_BYTES];
    if (strcmp(a->actor, who) == 0 || strcmp(records_device(ctx, a->dot.author.key, device), who) == 0)
        return true;
    output_hex(a->dot.author.key, 32, key);
    return strlen(who) >= WHO_LEAST && strncmp(key, who, strlen(who)) == 0;
}

/* ---- JSON ---- */

static json_t *classes_json(unsigned classes)
{
    json_t *list = json_array();
    for (unsigned k = 1; k <= CLASSES_MAX; k++)
        if ((classes >> (k - 1) & 1) != 0)
            (void)json_array_append_new(list, json_string(value_seal_name((enum linli_seal)k)));
    return list;
}

static bool is_none(const linli_id *id)
{
    static const linli_id none;
    return memcmp(id, &none, sizeof(none)) == 0;
}

static json_t *id_json(const linli_id *id)
{
    return is_none(id) ? json_null() : output_json_id(id);
}

static json_t *text_json(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *number_json(uint64_t number)
{
    return number != 0 ? json_integer((json_int_t)number) : json_null();
}

static json_t *audit_json(struct context *ctx, const struct linli_audit *a)
{
    const struct act *act = act_of(a->act);
    char time[DATES_TIME_BYTES], device[64], key[OUTPUT_HEX_BYTES], subject[OUTPUT_HEX_BYTES], type[16], dot[OUTPUT_DOT_BYTES];
    json_t *json = json_pack("{s:s, s:s, s:o?, s:s, s:s}", "time", records_stamp(a->stamp, time), "act",
                             act != NULL ? act->name : "", "who", text_json(a->actor), "device",
                             records_device(ctx, a->dot.author.key, device), "key", output_hex(a->dot.author.key, 32, key));
    json_t *more = json_pack("{s:o?, s:o?, s:o?, s:o?, s:o?, s:o?, s:o?, s:o?, s:o?, s:s, s:o?, s:o?}", "scope", id_json(&a->scope),
                             "type", text_json(a->type != 0 ? records_type_name(a->type, type) : ""), "record",
                             id_json(&a->record), "classes", classes_json(a->classes), "count", number_json(a->count), "format",
                             text_json(a->format), "subject",
                             text_json(a->of_device ? output_hex(a->device, 32, subject) : ""), "role",
                             text_json(output_role(a->role)), "reason", text_json(reason_of(a)), "state", a->state, "dot",
                             text_json(a->dot.seq != 0 ? output_dot(&a->dot, dot) : ""), "home", id_json(&a->home));
    bool good = json != NULL && more != NULL && json_object_update(json, more) == 0;
    json_decref(more);
    if (good)
        return json;
    json_decref(json);
    return NULL;
}

/* ---- text ---- */

static void append(char what[WHAT_BYTES], const char *before, const char *text)
{
    size_t used = strlen(what);
    snprintf(what + used, WHAT_BYTES - used, "%s%s%s", used > 0 && text[0] != '\0' ? " " : "", text[0] != '\0' ? before : "", text);
}

static void append_id(char what[WHAT_BYTES], const char *before, const linli_id *id)
{
    char digits[OUTPUT_HEX_BYTES];
    output_id(id, digits);
    digits[8] = '\0';
    append(what, before, is_none(id) ? "" : digits);
}

static void what_of(struct context *ctx, const struct linli_audit *a, char what[WHAT_BYTES])
{
    const struct linli_schema_type *type = linli_schema_type_by_number(a->type);
    char text[64];
    what[0] = '\0';
    if (a->of_device)
        append(what, "", records_device(ctx, a->device, text));
    append(what, "", output_role_label(a->role));
    append(what, "", type != NULL ? value_type_label(type) : "");
    append_id(what, "", &a->record);
    if (is_none(&a->record))
        append_id(what, "@", &a->scope);
    for (unsigned k = 1; k <= CLASSES_MAX; k++)
        if ((a->classes >> (k - 1) & 1) != 0)
            append(what, "+", value_seal_name((enum linli_seal)k));
    snprintf(text, sizeof(text), "%llu", (unsigned long long)a->count);
    append(what, "×", a->count != 0 ? text : "");
    append(what, "", a->format);
}

static void audit_row(struct listing *listing, const struct linli_audit *a)
{
    const struct act *act = act_of(a->act);
    char when[DATES_TIME_BYTES], device[64], who[160], what[WHAT_BYTES], dot[OUTPUT_DOT_BYTES] = "";
    records_device(listing->ctx, a->dot.author.key, device);
    snprintf(who, sizeof(who), "%s%s%s", a->actor, a->actor[0] != '\0' ? "@" : "", device);
    what_of(listing->ctx, a, what);
    if (a->dot.seq != 0)
        output_short_dot(&a->dot, dot);
    const char *row[] = {dates_write_local((int64_t)(a->stamp >> 16), when), who, act != NULL ? _(act->label) : "?", what,
                         reason_of(a), strcmp(a->state, "signed") == 0 ? "" : a->state, dot};
    table_row(&listing->table, row);
}

/* ---- which ---- */

static bool on_audit(void *at, const struct linli_audit *a)
{
    struct listing *listing = at;
    if (listing->who != NULL && !is_by(listing->ctx, a, listing->who))
        return true;
    listing->matches++;
    if (listing->counting || listing->matches <= listing->skip)
        return true;
    if (!listing->ctx->json) {
        audit_row(listing, a);
        return !listing->table.broken;
    }
    listing->status = output_json(listing->ctx, audit_json(listing->ctx, a));
    return listing->status == STATUS_DONE;
}

static int read_moment(struct context *ctx, const char *flag, uint64_t *ms)
{
    const char *text = option_value(&ctx->options, flag);
    int64_t moment = 0;
    if (text != NULL && (!dates_read_time(text, &moment) || moment <= 0))
        return fail_usage(ctx, "--%s: %s", flag, _("not a time such as 2026-11-26T08:00:00+08:00"));
    *ms = (uint64_t)moment;
    return STATUS_DONE;
}

static int read_limit(struct context *ctx, size_t *limit)
{
    const char *text = option_value(&ctx->options, "limit");
    char *end = NULL;
    *limit = 0;
    if (text == NULL)
        return STATUS_DONE;
    *limit = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0')
        return fail_usage(ctx, _("--limit takes a whole number, not '%.20s'"), fail_word(ctx, text));
    return *limit == 0 ? fail_usage(ctx, "%s", _("--limit 0 would show nothing")) : STATUS_DONE;
}

static int read_query(struct context *ctx, struct linli_audit_query *query, linli_id *scope, linli_id *record)
{
    const char *act = option_value(&ctx->options, "act"), *id = option_value(&ctx->options, "record");
    bool given = false;
    int status = records_scope_option(ctx, scope, &given);
    query->scope = given ? scope : NULL;
    for (size_t i = 0; act != NULL && i < ACTS; i++)
        if (strcmp(acts[i].name, act) == 0)
            query->act = acts[i].act;
    if (status == STATUS_DONE)
        status = read_moment(ctx, "since", &query->since_ms);
    if (status == STATUS_DONE)
        status = read_moment(ctx, "until", &query->until_ms);
    if (status == STATUS_DONE && id != NULL) {
        status = records_find(ctx, id, record);
        query->record = record;
    }
    return status;
}

/* The newest `limit` of those that match: counted first, for they come oldest first. */
static int show(struct listing *listing, const struct linli_audit_query *query, size_t limit)
{
    int rc = LINLI_OK;
    if (limit != 0) {
        listing->counting = true;
        rc = linli_audit_each(listing->ctx->store, query, on_audit, listing);
        listing->skip = listing->matches > limit ? listing->matches - limit : 0;
        listing->matches = 0;
        listing->counting = false;
    }
    return rc == LINLI_OK ? linli_audit_each(listing->ctx->store, query, on_audit, listing) : rc;
}

int verb_audit(struct context *ctx)
{
    struct listing listing = {.ctx = ctx, .who = option_value(&ctx->options, "who")};
    struct linli_audit_query query = {.act = 0};
    const char *headings[] = {_("when"), _("who"), _("act"), _("what"), _("why"), "", _("write")};
    linli_id scope, record;
    struct spool spool;
    size_t limit;
    int status = read_query(ctx, &query, &scope, &record);
    if (status == STATUS_DONE)
        status = read_limit(ctx, &limit);
    if (status == STATUS_DONE)
        status = spool_begin(ctx, &ctx->out, &spool);
    if (status != STATUS_DONE)
        return status;
    table_begin(&listing.table, headings, 7);
    int rc = show(&listing, &query, limit);
    status = spool_end(ctx, &spool);
    int shown = table_finish(ctx, &listing.table, !ctx->json && rc == LINLI_OK);
    if (rc != LINLI_OK)
        return fail_code(ctx, "audit", rc);
    status = status != STATUS_DONE ? status : shown;
    return listing.status != STATUS_DONE ? listing.status : status;
}

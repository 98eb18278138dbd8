/* Command line: what was erased of a record: when, by which device, for which kind of reason. */
#include "erasing.h"

#include "dates.h"
#include "output.h"
#include "records.h"

static const char *const kinds[] = {"", "resident-request", "retention", "error", "round-over"};

const char *erasing_kind(enum linli_erase_reason reason)
{
    return (size_t)reason < sizeof(kinds) / sizeof(kinds[0]) ? kinds[reason] : "";
}

static const char *kind_label(enum linli_erase_reason reason)
{
    static const char *const labels[] = {N_("no reason given"), N_("asked for by the resident"), N_("past its term"),
                                         N_("should not have been written"), N_("its registration round is over")};
    return (size_t)reason < sizeof(labels) / sizeof(labels[0]) ? _(labels[reason]) : "";
}

struct listing {
    struct context *ctx;
    json_t *json;    /* an array, or NULL */
    bool text, broken;
};

static bool on_erasure(void *at, const struct linli_erasure *erasure)
{
    struct listing *l = at;
    char device[64], when[DATES_TIME_BYTES];
    const char *who = erasure->by_root ? _("the root") : records_device(l->ctx, erasure->device, device);
    if (l->text) {
        fprintf(l->ctx->out, _("erased %s by %s: %s (%zu parts)%s\n"), dates_write_local((int64_t)erasure->time_ms, when), who,
                kind_label(erasure->reason), erasure->parts, erasure->counts ? "" : _(" — void: its signer's rights were taken back"));
        return true;
    }
    json_t *one = json_pack("{s:s, s:s, s:s, s:I, s:b, s:o?}", "device", who, "time", dates_write_time((int64_t)erasure->time_ms, when),
                            "kind", erasing_kind(erasure->reason), "parts", (json_int_t)erasure->parts, "counts",
                            erasure->counts ? 1 : 0, "statement", output_json_id(&erasure->statement));
    l->broken = one == NULL || json_array_append_new(l->json, one) != 0;
    return !l->broken;
}

int erasing_text(struct context *ctx, const linli_id *record)
{
    struct listing l = {.ctx = ctx, .text = true};
    return linli_erasure_each(ctx->store, record, on_erasure, &l);
}

int erasing_json(struct context *ctx, const linli_id *record, json_t **out)
{
    struct listing l = {.ctx = ctx, .json = json_array()};
    int rc = l.json == NULL ? LINLI_E_NOMEM : linli_erasure_each(ctx->store, record, on_erasure, &l);
    rc = l.broken ? LINLI_E_NOMEM : rc;
    if (rc == LINLI_OK && json_array_size(l.json) > 0) {
        *out = l.json;
        return rc;
    }
    json_decref(l.json);
    *out = NULL;
    return rc;
}

int erasing_lines(struct context *ctx, const linli_id *record, int *status)
{
    json_t *all = NULL, *one;
    size_t i;
    int rc = erasing_json(ctx, record, &all);
    json_array_foreach(all, i, one) {
        if (*status == STATUS_DONE && json_object_set_new(one, "erased", json_true()) == 0)
            *status = output_json(ctx, json_incref(one));
    }
    json_decref(all);
    return rc;
}

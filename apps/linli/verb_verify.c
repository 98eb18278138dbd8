/* Command line, `linli verify`: recompute every record from the logs and check every hash and signature. */
#include <string.h>

#include "fail.h"
#include "output.h"
#include "progress.h"
#include "verbs.h"

enum { BAD_SHOWN = 10000 };

struct findings {
    struct progress progress;
    json_t *bad;
    bool broken;
};

static void on_bad(void *at, const struct linli_bad *bad)
{
    struct findings *findings = at;
    char author[OUTPUT_DOT_BYTES];
    if (json_array_size(findings->bad) >= BAD_SHOWN)
        return;
    json_t *entry = json_pack("{s:s, s:o?, s:s, s:I, s:o?}", "what", bad->what, "scope", output_json_id(&bad->scope),
                              "author", output_author(&bad->author, author), "seq", (json_int_t)bad->seq, "record",
                              output_json_id(&bad->record));
    if (json_array_append_new(findings->bad, entry) != 0)
        findings->broken = true;
}

static bool on_progress(void *at, uint64_t done, uint64_t total)
{
    struct findings *findings = at;
    findings->progress.total = total;
    return progress_at(&findings->progress, done);
}

/* What a finding does not concern is zero. */
static const char *told(const json_t *entry, const char *name)
{
    const char *text = json_string_value(json_object_get(entry, name));
    return text != NULL && text[strspn(text, "0.")] != '\0' ? text : NULL;
}

static void print_bad(struct context *ctx, const json_t *entry)
{
    const char *scope = told(entry, "scope"), *author = told(entry, "author"), *record = told(entry, "record");
    long long seq = (long long)json_integer_value(json_object_get(entry, "seq"));
    fprintf(ctx->out, _("bad %s"), json_string_value(json_object_get(entry, "what")));
    if (scope != NULL)
        fprintf(ctx->out, _(", scope %s"), scope);
    if (author != NULL)
        fprintf(ctx->out, _(", author %s"), author);
    if (seq != 0)
        fprintf(ctx->out, _(", seq %lld"), seq);
    if (record != NULL)
        fprintf(ctx->out, _(", record %s"), record);
    fputc('\n', ctx->out);
}

static void print_text(struct context *ctx, const struct linli_verify *verify, const json_t *bad)
{
    size_t index = 0;
    json_t *entry = NULL;
    fprintf(ctx->out, _("%llu changesets, %llu records checked\n"), (unsigned long long)verify->changesets,
            (unsigned long long)verify->records);
    json_array_foreach(bad, index, entry)
        print_bad(ctx, entry);
}

int verb_verify(struct context *ctx)
{
    struct findings findings = {.bad = json_array()};
    struct linli_verify verify = {.on_bad = on_bad, .on_progress = on_progress, .ctx = &findings};
    if (findings.bad == NULL)
        return fail_memory(ctx);
    progress_begin(&findings.progress, ctx, _("Verifying"), 0);
    int rc = linli_store_verify(ctx->store, &verify), status = STATUS_DONE;
    progress_end(&findings.progress);
    bool checked = rc == LINLI_OK || rc == LINLI_E_CORRUPT;
    if (checked && findings.broken)
        status = fail_memory(ctx);
    else if (checked && ctx->json)
        status = output_json(ctx, json_pack("{s:I, s:I, s:O}", "changesets", (json_int_t)verify.changesets, "records",
                                            (json_int_t)verify.records, "bad", findings.bad));
    else if (checked)
        print_text(ctx, &verify, findings.bad);
    json_decref(findings.bad);
    return rc != LINLI_OK ? fail_code(ctx, "verify", rc) : status;
}

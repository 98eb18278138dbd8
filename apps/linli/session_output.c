/* Command line, sessions: what `sync` and `join` say of a meeting. */
#include "session_output.h"

#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "fail.h"
#include "output.h"
#include "progress.h"
#include "records.h"

bool session_address(const char *text, char *host, unsigned *port)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    if (colon == NULL || colon == text || colon[1] < '0' || colon[1] > '9')
        return false;
    const char *start = text, *stop = colon;
    if (*start == '[' && stop[-1] == ']') {
        start++;
        stop--;
    } else if (memchr(start, ':', (size_t)(stop - start)) != NULL) {
        return false; /* an IPv6 address needs its brackets */
    }
    unsigned long number = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || number > 65535 || stop == start || stop - start > 255)
        return false;
    memcpy(host, start, (size_t)(stop - start));
    host[stop - start] = '\0';
    *port = (unsigned)number;
    return true;
}

bool session_progress(void *at, uint64_t in_changesets, uint64_t out_changesets)
{
    return progress_at(at, in_changesets + out_changesets);
}

static json_t *traffic(const struct linli_traffic *traffic)
{
    return json_pack("{s:I, s:I}", "changesets", (json_int_t)traffic->changesets, "bytes", (json_int_t)traffic->bytes);
}

static int print_json(struct context *ctx, const char *peer, const struct linli_session_report *report, json_t *more)
{
    json_t *json = json_pack("{s:s, s:s, s:o?, s:o?, s:I, s:I, s:I, s:f, s:b}", "peer", peer, "role",
                             output_role(report->role), "in", traffic(&report->in), "out", traffic(&report->out),
                             "round_trips", (json_int_t)report->round_trips, "conflicts_new",
                             (json_int_t)report->conflicts_new, "set_aside", (json_int_t)report->set_aside, "seconds",
                             report->seconds, "settled", report->settled ? 1 : 0);
    if (json != NULL && more != NULL && json_object_update(json, more) != 0) {
        json_decref(json);
        json = NULL;
    }
    json_decref(more);
    return output_json(ctx, json);
}

int session_print(struct context *ctx, const struct linli_session_report *report, json_t *more)
{
    char peer[OUTPUT_DOT_BYTES], device[64];
    output_author(&report->peer, peer);
    if (ctx->json)
        return print_json(ctx, peer, report, more);
    json_decref(more);
    records_device(ctx, report->peer.key, device);
    clean_copy(device, device, strlen(device));
    fprintf(ctx->out, _("%s (%s): %llu changesets in, %llu out, %llu bytes, %.2f s, %s\n"),
            device, output_role_label(report->role),
            (unsigned long long)report->in.changesets, (unsigned long long)report->out.changesets,
            (unsigned long long)report->in.bytes + report->out.bytes, report->seconds,
            report->settled ? _("both hold the same") : _("not settled"));
    if (report->conflicts_new > 0)
        fprintf(ctx->out, _("%llu new conflicts to look at: see 'linli conflicts'\n"),
                (unsigned long long)report->conflicts_new);
    if (report->clock_difference_ms > 30000 || report->clock_difference_ms < -30000)
        fprintf(ctx->out, _("the peer's clock differs by %lld seconds\n"),
                (long long)(report->clock_difference_ms / 1000));
    return STATUS_DONE;
}

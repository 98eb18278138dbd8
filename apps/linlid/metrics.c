/* linlid, figures. */
#include "metrics.h"

#include <inttypes.h>
#include <string.h>

enum { TICK_MS = 1000 };

void metrics_tick(struct metrics *metrics, uint64_t now_ms)
{
    uint64_t since = metrics->tick_ms > 0 ? now_ms - metrics->tick_ms : 0;
    double late = since > TICK_MS ? (double)(since - TICK_MS) / 1000 : 0;
    metrics->tick_ms = now_ms;
    metrics->loop_delay = late > metrics->loop_delay ? late : metrics->loop_delay;
}

void metrics_met(struct metrics *metrics, const struct linli_session_report *report, int code, uint64_t now_ms)
{
    if (code == LINLI_OK && report->settled) {
        metrics->sessions_settled++;
        metrics->last_settled_ms = now_ms;
    } else {
        metrics->sessions_failed++;
    }
    metrics->bytes_in += report->in.bytes;
    metrics->bytes_out += report->out.bytes;
    metrics->changesets_in += report->in.changesets;
    metrics->changesets_out += report->out.changesets;
}

/* OpenMetrics names a family of counters without `_total`; Prometheus' text with it. */
static void put(FILE *out, bool open_metrics, const char *name, const char *kind, const char *help, double value)
{
    bool counter = strcmp(kind, "counter") == 0;
    const char *suffix = counter ? "_total" : "", *family = counter && !open_metrics ? "_total" : "";
    fprintf(out, "# HELP linli_%s%s %s\n# TYPE linli_%s%s %s\nlinli_%s%s %.17g\n", name, family, help, name, family, kind, name, suffix, value);
}

int metrics_write(struct metrics *metrics, const struct linli_status *is, const linli_node *node, bool open_metrics, FILE *out)
{
    const struct {
        const char *name, *kind, *help;
        double value;
    } all[] = {
        {"start_time_seconds", "gauge", "When it began to serve, in seconds since 1970.", (double)metrics->started_ms / 1000},
        {"sessions", "gauge", "Sessions that are open.", (double)linli_node_sessions(node)},
        {"sessions_settled", "counter", "Sessions after which both sides held the same.", (double)metrics->sessions_settled},
        {"sessions_failed", "counter", "Sessions that ended otherwise.", (double)metrics->sessions_failed},
        {"last_settled_time_seconds", "gauge", "When the last session settled, in seconds since 1970; 0: none has.",
         (double)metrics->last_settled_ms / 1000},
        {"received_bytes", "counter", "Bytes of sessions that came in.", (double)metrics->bytes_in},
        {"sent_bytes", "counter", "Bytes of sessions that went out.", (double)metrics->bytes_out},
        {"received_changesets", "counter", "Changesets that came in.", (double)metrics->changesets_in},
        {"sent_changesets", "counter", "Changesets that went out.", (double)metrics->changesets_out},
        {"scopes", "gauge", "Scopes held.", (double)is->scopes},
        {"records", "gauge", "Records held.", (double)is->records},
        {"changesets", "gauge", "Changesets held.", (double)is->changesets},
        {"conflicts", "gauge", "Records that somebody must look at.", (double)is->conflicts},
        {"set_aside", "gauge", "Parts that came without the right to be written.", (double)is->set_aside},
        {"forks", "gauge", "Logs that are frozen because they forked.", (double)is->forks},
        {"waiting", "gauge", "Runs that wait for what they cite.", (double)is->waiting},
        {"wanted", "gauge", "Parts that are known of and not here.", (double)is->wants},
        {"store_bytes", "gauge", "What the store takes on the disk.", (double)is->bytes_on_disk},
        {"loop_delay_seconds", "gauge", "How late the loop came to its turn at most since this was last read.", metrics->loop_delay},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        put(out, open_metrics, all[i].name, all[i].kind, all[i].help, all[i].value);
    if (open_metrics)
        fputs("# EOF\n", out);
    metrics->loop_delay = 0;
    return ferror(out) != 0 ? LINLI_E_NOMEM : LINLI_OK;
}

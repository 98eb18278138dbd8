/** linlid, figures: what it counts, and how a scraper reads it. No figure is about a person. */
#ifndef LINLI_LINLID_METRICS_H
#define LINLI_LINLID_METRICS_H

#include <stdio.h>

#include <linli/linli.h>

/** Since the start; of the loop's thread alone. */
struct metrics {
    uint64_t started_ms, last_settled_ms;
    uint64_t sessions_settled, sessions_failed, bytes_in, bytes_out, changesets_in, changesets_out;
    uint64_t tick_ms;        /**< when the last tick came, on a clock that nobody sets */
    double loop_delay;       /**< seconds: how late a tick came, at most, since the figures were last read */
};

void metrics_tick(struct metrics *metrics, uint64_t now_ms);
void metrics_met(struct metrics *metrics, const struct linli_session_report *report, int code, uint64_t now_ms);

/** Prometheus' text format, or OpenMetrics. LINLI_OK or LINLI_E_NOMEM. */
int metrics_write(struct metrics *metrics, const struct linli_status *is, const linli_node *node, bool open_metrics, FILE *out);

#endif

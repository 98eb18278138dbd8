/* Command line, the log of `serve`. */
#include "log.h"

#include <inttypes.h>
#include <string.h>

#include "dates.h"
#include "output.h"
#include "store_open.h"

enum { LINE_BYTES = 512, ID_SHOWN = 4 };

static const char *const names[] = {"error", "info", "debug", "trace"};

enum log_level log_level_read(const char *word)
{
    for (unsigned level = LOG_ERROR; word != NULL && level <= LOG_TRACE; level++)
        if (strcmp(word, names[level]) == 0)
            return (enum log_level)level;
    return LOG_INFO;
}

static int item_write(const struct log_item *item, char *out, size_t room)
{
    char hex[OUTPUT_HEX_BYTES];
    switch (item->kind) {
    case LOG_NUMBER: return snprintf(out, room, " %s=%" PRIu64, item->key, item->is.number);
    case LOG_DIGITS: return snprintf(out, room, " %s=%06" PRIu64, item->key, item->is.number);
    case LOG_ID: return snprintf(out, room, " %s=%s", item->key, output_hex(item->is.id, ID_SHOWN, hex));
    case LOG_CODE: return snprintf(out, room, " %s=%s", item->key, linli_code_name((int)(int64_t)item->is.number));
    case LOG_ROLE: return snprintf(out, room, " %s=%s", item->key, output_role((unsigned)item->is.number));
    case LOG_VERB: {
        const char *name = item->is.verb != NULL ? item->is.verb->name : "none";
        return snprintf(out, room, " %s=\"%s\"", item->key, name);
    }
    }
    return 0;
}

void log_write(const struct log *log, enum log_level level, const char *event, const struct log_item *items, size_t count)
{
    char line[LINE_BYTES], time[DATES_TIME_BYTES];
    if (log == NULL || level > log->most)
        return;
    int size = snprintf(line, sizeof(line), "%s %s %s", dates_write_time((int64_t)store_now_ms(), time), names[level], event);
    for (size_t i = 0; i < count && size < LINE_BYTES; i++)
        size += item_write(&items[i], line + size, sizeof(line) - (size_t)size);
    fprintf(log->to, "%s\n", line); /* one call, so that lines of several threads do not mix */
    fflush(log->to);
}

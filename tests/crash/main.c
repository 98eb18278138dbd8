/* crash tests: crash PART [--work DIR] [--kills N] [--images N] [--step N] [--seed N]; see tests/crash/run. */
#include "crash.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    int (*run)(const struct settings *);
} parts[] = {
    {"kill", part_kill},   {"cut", part_cut},     {"full", part_full}, {"quota", part_quota},
    {"fault", part_fault}, {"found", part_found}, {"node", part_node}, {"memory", part_memory},
    {"compact", part_compact},
};

static const char *part_name = "?";

_Noreturn void broken(const char *format, ...)
{
    va_list args;

    printf("FAIL crash/%s ", part_name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    exit(1);
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t random_below(uint64_t *state, uint64_t bound)
{
    return random_next(state) % bound;
}

void wait_us(uint64_t us)
{
    struct timespec span = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

    (void)nanosleep(&span, NULL);
}

static bool option(struct settings *settings, const char *name, const char *text)
{
    unsigned long long number = strtoull(text, NULL, 10);

    if (strcmp(name, "--work") == 0)
        settings->work = text;
    else if (strcmp(name, "--kills") == 0)
        settings->kills = (unsigned)number;
    else if (strcmp(name, "--images") == 0)
        settings->images = (unsigned)number;
    else if (strcmp(name, "--step") == 0)
        settings->step = (unsigned)number;
    else if (strcmp(name, "--seed") == 0)
        settings->seed = number;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct settings settings = {.work = ".", .kills = 1000, .images = 1000, .step = 1, .seed = 1};

    for (int i = 2; i < argc; i += 2)
        if (i + 1 == argc || !option(&settings, argv[i], argv[i + 1])) {
            fprintf(stderr, "crash: %s: no such option, or it lacks its value\n", argv[i]);
            return 2;
        }
    if (settings.step == 0)
        settings.step = 1;
    for (size_t i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(parts[i].name, argv[1]) == 0) {
            part_name = argv[1];
            return parts[i].run(&settings);
        }
    fprintf(stderr, "usage: crash kill|cut|full|quota|fault|found|node|memory|compact [--work DIR] [--kills N] [--images N] [--step N] "
                    "[--seed N]\n");
    return 2;
}

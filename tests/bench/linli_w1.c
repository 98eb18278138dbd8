/*
 * bench W1: first sync of the town, from the sender's synced store to the receiver's, with everything on.
 * Usage: linli_w1 [PATCHES [HOUSEHOLDS]]
 */
#include "office.h"

int main(int argc, char **argv)
{
    struct office o = {.town = {argument(argc, argv, 1, TOWN_PATCHES), argument(argc, argv, 2, TOWN_HOUSEHOLDS), false}};
    struct linli_session_report report;

    office_start(&o);
    double other = office_cpu_s(&o), own = cpu_s();
    struct watch *watch = watch_start();
    office_join(&o, &report);
    double resident = watch_end(watch);
    figures_of(&report);
    figure("cpu_seconds", cpu_s() - own + office_cpu_s(&o) - other);
    figure("resident_bytes", resident);
    figure("record_seconds", report.seconds / (double)town_records(&o.town));
    figure("records", (double)town_records(&o.town));
    figures_end();
    office_end(&o);
    return 0;
}

/*
 * bench W7, and W3 at the size of a city: first sync of many patches with one household each; nothing changed; one patch changed;
 * a restart. Usage: linli_w7 [PATCHES]
 */
#include "office.h"

int main(int argc, char **argv)
{
    struct office o = {.town = {argument(argc, argv, 1, 55000), 1, true}};
    struct linli_session_report report;

    office_start(&o);
    office_join(&o, &report);
    figure("scopes_per_second", (double)o.town.patches / report.seconds);
    office_meet(&o, &report); /* what joining itself left to tell */
    double before = office_cpu_s(&o) + cpu_s();
    office_meet(&o, &report);
    figure("same_seconds", report.seconds);
    figure("same_cpu_seconds", office_cpu_s(&o) + cpu_s() - before);
    figure("same_bytes", (double)(report.in.bytes + report.out.bytes));
    figure("same_round_trips", report.round_trips);
    office_edit(&o);
    office_meet(&o, &report);
    must_be(report.in.changesets == 1, "one change");
    figure("changed_seconds", report.seconds);
    figure("changed_bytes", (double)(report.in.bytes + report.out.bytes));
    figure("changed_round_trips", report.round_trips);
    figure("restart_seconds", office_restart_s(&o));
    figures_end();
    office_end(&o);
    return 0;
}

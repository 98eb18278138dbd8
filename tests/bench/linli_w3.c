/* bench W3: two replicas that hold the same meet. Usage: linli_w3 [PATCHES [HOUSEHOLDS]] */
#include "office.h"

int main(int argc, char **argv)
{
    struct office o = {.town = {argument(argc, argv, 1, TOWN_PATCHES), argument(argc, argv, 2, TOWN_HOUSEHOLDS), false}};
    struct linli_session_report report;

    office_start(&o);
    office_join(&o, &report);
    office_meet(&o, &report); /* what joining itself left to tell */
    double other = office_cpu_s(&o), own = cpu_s();
    office_meet(&o, &report);
    figures_of(&report);
    figure("cpu_seconds", cpu_s() - own + office_cpu_s(&o) - other);
    figures_end();
    office_end(&o);
    return 0;
}

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/plot/look.h"

MkLook mk_look_scenario(size_t index, bool mono)
{
    static const MkLook color[MK_LOOK_SCENARIOS] = {
        {"#0b5c94", "#1f77b4", "1", 2.5, -1, 0.30},
        {"#c85a00", "#f0a04b", "(12,5)", 2.5, -1, 0.30},
        {"#3b8f6f", "#a9dcc4", "(3,3)", 2.5, -1, 0.30},
        {"#6a3d7c", "#6a3d7c", "(12,4,3,4)", 2.5, 4, 0.25},
        {"#333333", "#8a8a8a", "(20,6)", 1.5, 5, 0.25},
        {"#8c4a12", "#8c4a12", "(6,3,2,3)", 1.5, 2, 0.25},
    };
    static const MkLook grey[MK_LOOK_SCENARIOS] = {
        {"#000000", "#333333", "1", 2.5, -1, 0.30},
        {"#555555", "#a0a0a0", "(12,5)", 2.5, -1, 0.30},
        {"#777777", "#e0e0e0", "(3,3)", 2.5, -1, 0.30},
        {"#000000", "#000000", "(12,4,3,4)", 2, 4, 0.25},
        {"#555555", "#555555", "(20,6)", 1.5, 5, 0.25},
        {"#777777", "#777777", "(6,3,2,3)", 1.5, 2, 0.25},
    };
    return (mono ? grey : color)[index % MK_LOOK_SCENARIOS];
}

MkLook mk_look_role(const MkSeries *s, bool mono)
{
    switch (s->role) {
    case MK_ROLE_POSTERIOR:
        return mono ? (MkLook){"#000000", "#e8e8e8", "1", 2.5, -1, 1}
                    : (MkLook){"#0b5c94", "#dcebf6", "1", 2.5, -1, 1};
    case MK_ROLE_POPULATION:
        return mono ? (MkLook){"#444444", "#f4f4f4", "(9,5)", 2, -1, 1}
                    : (MkLook){"#c85a00", "#fbe6d2", "(9,5)", 2, -1, 1};
    case MK_ROLE_BAND50:
        return mono ? (MkLook){"#555555", "#a8a8a8", "1", 1, -1, 1}
                    : (MkLook){"#0b5c94", "#74b0da", "1", 1, -1, 1};
    case MK_ROLE_BAND90:
        return mono ? (MkLook){"#777777", "#d2d2d2", "1", 1, -1, 1}
                    : (MkLook){"#0b5c94", "#b5d5ec", "1", 1, -1, 1};
    case MK_ROLE_MEDIAN:
        return mono ? (MkLook){"#000000", "#000000", "1", 2.5, -1, 1}
                    : (MkLook){"#08304f", "#08304f", "1", 2.5, -1, 1};
    case MK_ROLE_KNOWN:
        return (MkLook){"#222222", "#222222", "(2,4)", 2, -1, 1};
    case MK_ROLE_SURVEY:
        return mono ? (MkLook){"#333333", "#9a9a9a", "1", 1.5, -1, 1}
                    : (MkLook){"#b34700", "#f2a65a", "1", 1.5, -1, 1};
    case MK_ROLE_DRAWS:
        return mono ? (MkLook){"#777777", "#777777", "1", 1, -1, 1}
                    : (MkLook){"#5b9bd0", "#5b9bd0", "1", 1, -1, 1};
    case MK_ROLE_SCENARIO:
        break;
    }
    return mk_look_scenario(s->index, mono);
}

/* The inner contour is the dark, wide one: a sixel image has no dashes. */
MkLook mk_look_contour(const MkSeries *s, bool mono)
{
    MkLook look = mk_look_role(s, mono);
    const bool inner = s->role == MK_ROLE_BAND50;
    look.line = inner ? (mono ? "#000000" : "#08304f") : (mono ? "#777777" : "#2f7fbd");
    look.width = inner ? 3.2 : 1.6;
    look.dash = "1";
    return look;
}

/* Bars are large: they want full colours where areas under curves want pale ones. */
MkLook mk_look_bar(const MkSeries *s, bool mono)
{
    MkLook look = mk_look_role(s, mono);
    if (s->role == MK_ROLE_POSTERIOR) {
        look.area = mono ? "#4a4a4a" : "#1f77b4";
    } else if (s->role == MK_ROLE_POPULATION) {
        look.area = mono ? "#d6d6d6" : "#f6cfa6";
    } else if (s->role == MK_ROLE_MEDIAN) { /* what lies behind the dot of a median */
        look = (MkLook){mono ? "#777777" : "#0b5c94", mono ? "#d2d2d2" : "#b5d5ec", "1", 1, -1, 1};
    }
    return look;
}

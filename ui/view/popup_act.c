/* popup_act.c - what a key does in what lies over a screen: editor, definition, questions. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/view/app.h"
#include "ui/view/popup.h"
#include "ui/view/view.h"

void mk_popup_info(MkApp *app)
{
    const size_t attribute = app->popup == MK_POPUP_EDIT ? app->editor.id : mk_app_attribute(app);
    if (attribute != MK_NO_ATTRIBUTE) {
        app->info = attribute;
        app->info_over_editor = app->popup == MK_POPUP_EDIT;
        app->popup = MK_POPUP_INFO;
    }
}

static void forget(MkApp *app, MkEffects *out)
{
    app->popup = MK_POPUP_NONE;
    if (app->editor_forget[0] == '\0') {
        mk_act_forget(app, app->editor.id, out);
    } else {
        mk_app_ask(out, MK_ASK_RUN, "%s", app->editor_forget);
    }
}

static void act_in_editor(MkApp *app, MkAction action, MkEffects *out)
{
    MkEditor *editor = &app->editor;
    MkBuf words;
    switch (action) {
    case MK_ACT_ENTER:
        mk_buf_init(&words);
        if (mk_editor_words(editor, &words)) {
            app->popup = MK_POPUP_NONE;
            mk_app_ask(out, MK_ASK_RUN, "%s %s", app->editor_line, words.data);
        } else if (editor->says[0] == '\0' && editor->is_known) {
            forget(app, out);
        } else if (editor->says[0] == '\0') {
            app->popup = MK_POPUP_NONE;
        }
        mk_buf_release(&words);
        break;
    case MK_ACT_BACK:
        app->popup = MK_POPUP_NONE;
        break;
    case MK_ACT_FORGET:
        forget(app, out);
        break;
    case MK_ACT_MARK:
        mk_editor_mark(editor);
        break;
    case MK_ACT_INFO:
        mk_popup_info(app);
        break;
    case MK_ACT_UP:
        mk_editor_move(editor, -1);
        break;
    case MK_ACT_DOWN:
        mk_editor_move(editor, 1);
        break;
    case MK_ACT_PAGE_UP:
    case MK_ACT_FIRST:
        mk_editor_move(editor, -MK_MAX_LEVELS);
        break;
    case MK_ACT_PAGE_DOWN:
    case MK_ACT_LAST:
        mk_editor_move(editor, MK_MAX_LEVELS);
        break;
    default:
        break;
    }
}

static void act_in_quit(MkApp *app, MkAction action, MkEffects *out)
{
    app->popup = MK_POPUP_NONE;
    if (action == MK_ACT_SAVE && app->busy[0] == '\0') {
        mk_app_ask(out, MK_ASK_PROMPT, "save ");
    }
}

static void act_in_rescued(MkApp *app, MkAction action, MkEffects *out)
{
    app->popup = MK_POPUP_NONE;
    if (action == MK_ACT_ENTER) {
        mk_app_ask(out, MK_ASK_RUN, "run '%s'", app->rescued);
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "it is kept: :run '%s'", app->rescued);
    }
}

static void act_in_pasted(MkApp *app, MkAction action, MkEffects *out)
{
    app->popup = MK_POPUP_NONE;
    if (action == MK_ACT_ENTER) {
        mk_app_ask(out, MK_ASK_LINES, "%s", "");
    } else {
        mk_app_say(app, MK_MOOD_ECHO, "the pasted lines were dropped");
    }
}

bool mk_popup_act(MkApp *app, MkAction action, MkEffects *out)
{
    switch (app->popup) {
    case MK_POPUP_EDIT:
        act_in_editor(app, action, out);
        break;
    case MK_POPUP_INFO:
        app->popup = app->info_over_editor ? MK_POPUP_EDIT : MK_POPUP_NONE;
        break;
    case MK_POPUP_QUIT:
        act_in_quit(app, action, out);
        break;
    case MK_POPUP_RESCUED:
        act_in_rescued(app, action, out);
        break;
    case MK_POPUP_PASTED:
        act_in_pasted(app, action, out);
        break;
    case MK_POPUP_NONE:
        return false;
    }
    return true;
}

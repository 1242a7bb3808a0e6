# shellcheck shell=sh
# screens.sh - the other screens of the gallery, one after the other; read by make.sh.
type_line 'scenario now'
type_line 'scenario lighter waist=95'
type_line 'scenario stopped from lighter smoking=former'
type_line 'compare hba1c hdl_cholesterol triglycerides systolic_bp c_reactive_protein'
wait_for 'stopped +.*Change'
shoot compare
keys Escape
wait_for 'Known +5'

type_line 'explore hba1c'
wait_for 'glucose_fasting'
wait_for '(^|[^0-9])[0-9]+ of [0-9]+'
shoot explore
keys Escape
wait_for 'Known +5'

type_line 'optimize triglycerides min over waist=95..112 smoking sleep_hours=5..8'
wait_for '1 '
sleep 2
shoot optimize
keys Escape
wait_for 'Known +5'

type_line 'plot hba1c vs waist'
wait_for 'Waist circumference'
keys Z
wait_for 'swap axes'
keys v
wait_for 'model, 50 %'
shoot versus
keys Escape
wait_for 'Known +5'

# What differs most between two, over all attributes.
keys s
wait_for 'Scenario'
keys Tab
keys Space Down Down Space d
wait_for '1 of [0-9]+'
shoot diff

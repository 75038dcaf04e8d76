"""Forms of English words that no stemmer brings together, by the form they are compared by."""

from __future__ import annotations

_FORMS = """
    be am is are was were been being
    have has had having
    do does did done
    begin began begun
    bear bore borne born
    beat beaten
    become became
    bend bent
    bind bound
    bite bit bitten
    blow blew blown
    break broke broken
    bring brought
    build built
    burn burnt
    buy bought
    catch caught
    choose chose chosen
    come came
    deal dealt
    dig dug
    draw drew drawn
    drink drank drunk
    drive drove driven
    eat ate eaten
    fall fell fallen
    feed fed
    feel felt
    fight fought
    find found
    flee fled
    fly flew flown
    forbid forbade forbidden
    forget forgot forgotten
    freeze froze frozen
    get got gotten
    give gave given
    go went gone goes
    grow grew grown
    hang hung
    hear heard
    hide hid hidden
    hold held
    keep kept
    know knew known
    lay laid
    lead led
    learn learnt
    leave left
    lend lent
    lose lost
    make made
    mean meant
    meet met
    pay paid
    ride rode ridden
    ring rang rung
    rise rose risen
    run ran
    say said says
    see saw seen
    seek sought
    sell sold
    send sent
    shake shook shaken
    shoot shot
    shrink shrank shrunk
    sing sang sung
    sink sank sunk
    sit sat
    sleep slept asleep
    speak spoke spoken
    spend spent
    spring sprang sprung
    stand stood
    steal stole stolen
    stick stuck
    strike struck
    swear swore sworn
    swim swam swum
    take took taken
    teach taught
    tell told
    think thought
    throw threw thrown
    understand understood
    wake woke woken
    wear wore worn
    win won
    withdraw withdrew withdrawn
    write wrote written
    man men
    woman women
    child children
    person people persons
    good better best
    bad worse worst
    death dead died die deaths
    loss losses
    percent percentage
"""
BASE_FORMS = {
    form: words[0]
    for words in (line.split() for line in _FORMS.strip().splitlines())
    for form in words[1:]
}
"""Every form, with the one that stands for it."""

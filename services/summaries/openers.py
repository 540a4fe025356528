"""Words that sentences about a day's talk commonly begin with, and that therefore name nobody."""

OPENERS = frozenset(
    """
    a about above accounts across activity after again all almost along already also although
    altogether among an and another any are around as at attention authors bearish bears because
    before being below beneath beside besides between beyond both bullish bulls but by chatter close
    commenters comments compared concern concerns confidence conversation conversations crowd daily
    data despite discussion discussions during each engagement enthusiasm euphoria even every
    everyone excitement expectations fear fears few fewer first for from further gains general given
    gloom half he hence here high higher holders hope hopes how however if in indeed instead
    interest investors is it its just last lastly later less like little losses low lower mainly
    many mean meanwhile members mentions money mood more moreover most mostly much name near nearly
    negative neither neutral nevertheless next no nobody none nonetheless nor not notably nothing
    now of off often on once one only opinion opinions optimism or other others otherwise our out
    over overall participants people per perhaps pessimism polarity positive posters posting posts
    price prices rather reactions readers readings really relatively replies retail said scores
    sellers sentiment several shareholders shares she short similarly since skepticism small so some
    somewhat speakers still stock such support talk talking than that the their them then there
    therefore these they this those though through throughout thus to together tone too toward
    towards traders trading two under underneath unlike until up upbeat users various very views
    voices volume was we were what whatever when where whereas whether which while who why with
    within without words worries worry writers yet you
    """.split()  # noqa: SIM905
)
CALENDAR = frozenset(
    """
    january february march april may june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday
    """.split()  # noqa: SIM905
)
"""Dates are held against the facts, not against names."""

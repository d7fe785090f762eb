"""Words that a generated client cannot use for a type or a function without trouble in one of these languages."""

KEYWORDS = """
abstract actor any as assert associatedtype async await base become bool boolean break byte case catch char class
companion const constructor continue covariant data debugger declare default defer deferred deinit delegate delete do
double dynamic else enum export extends extension external factory false field fileprivate final finally fixed float
for fun func function get goto guard if implements import in indirect infix init inline inner inout instanceof int
interface internal is isolated it item keyof label lateinit late let library long macro mixin module mutating name
namespace native never new nil noinline nonisolated null object of on open operator out override package part
precedence precedencegroup private protocol protected public read readonly receiver record reified repeat required
require rethrow rethrows return sealed self set setter short show some static strictfp struct subscript super suspend
switch synchronized tailrec this throw throws to transient true try type typealias typeof undefined union unknown
unowned value var vararg void volatile weak when where while willset with write yield
"""
TYPES = """
account action activity address alert animation application array attributes authentication bag batch bindable binding
bitmap blob body buffer build builder bundle button calendar call callable callback canvas card character client
clipboard closure cloneable collection color column comparable component configuration connection container context
controller cookie coordinate credential cursor dart data date datetime decimal decoder delta descriptor detail dialog
dictionary directory disposable document drawable duplicates duration element email encoder endpoint entity
environment equatable error event exception executor expression failure file filter flow font form format formdata
fragment frame function future gesture graph grid group handle handler hashable header headers history icon
identifiable image information input instant intent integer iterable iterator job json key keyboard layout lens link
list locale location lock locker logger map mapping measure media memory menu merge message method mirror model module
monitor mutation navigation navigator network node notification number observable observation observer operation
operator option optional output page pair panel paragraph parameter parser path pattern payload permission person
phone picture pipeline point policy position preferences preview process progress promise property provider proxy
publisher query queue random range reader record rectangle reference reflect refresh regex region registry replacement
report request reset resource response result role route row runner runtime scaffold scene schedule schema scope
screen section selection sequence server service session sheet signal size slider socket spacer span stack state
stepper storage stream string style subject subscriber subscription switch symbol table task text theme thread time
timer timestamp timezone toggle token transaction transform tuple type uint unit upcoming update uri url user-defaults
uuid validator vector version view warning weak week widget window worker workflow writer zone
"""
WORDS = frozenset(KEYWORDS.split() + TYPES.split())

from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .folder.survey import survey as survey
from .folder.surveyed import Survey as Survey
from .forms import Strategies as Strategies
from .forms import strategies as strategies
from .questions.caching import plan as plan
from .questions.planned import Plan as Plan

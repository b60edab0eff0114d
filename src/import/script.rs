//! The part of ECMAScript that conditions and assignments may use.
//!
//! In: the text of an attribute. Out: an [`Expr`], or the place and the words of what is not part of
//! it. Literals of booleans, numbers and texts; variables of the data model; `_event.name` and
//! `_event.data`; `In('state')`; `Math.pow` with a small whole exponent; `+ - * %`, comparisons, `&& || !`,
//! `typeof x === 'undefined'` and comparisons with `undefined`.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(String),
    /// A variable of the data model.
    Var(String),
    /// `_event.name`.
    EventName,
    /// `_event.data.NAME`; `data` where the data is one value.
    EventData(String),
    /// `In('state')`.
    In(String),
    /// Whether something is `undefined`.
    Unset(Box<Self>),
    Not(Box<Self>),
    Minus(Box<Self>),
    Of(Op, Box<Self>, Box<Self>),
}

impl Expr {
    /// How many parts it has.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Unset(of) | Self::Not(of) | Self::Minus(of) => 1 + of.size(),
            Self::Of(_, left, right) => 1 + left.size() + right.size(),
            _ => 1,
        }
    }

    /// Replaces what is asked of states that do not exist.
    pub(super) fn settle(&mut self, states: &BTreeSet<String>) {
        match self {
            Self::In(state) if !states.contains(state) => *self = Self::Bool(false),
            Self::Unset(of) | Self::Not(of) | Self::Minus(of) => of.settle(states),
            Self::Of(_, left, right) => {
                left.settle(states);
                right.settle(states);
            }
            _ => {}
        }
    }

    /// Whether a variable stands in it.
    fn names(&self, variable: &str) -> bool {
        match self {
            Self::Var(name) => name == variable,
            Self::Unset(of) | Self::Not(of) | Self::Minus(of) => of.names(variable),
            Self::Of(_, left, right) => left.names(variable) || right.names(variable),
            _ => false,
        }
    }
}

/// What joins two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Rest,
}

impl Op {
    /// How tightly it binds, as in ECMAScript and Rhai alike.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::Unequal => 3,
            Self::Less | Self::AtMost | Self::More | Self::AtLeast => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Rest => 6,
        }
    }

    /// How it is written in a guard.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Rest => "%",
        }
    }

    /// Whether it gives a boolean by comparing.
    pub(super) fn compares(self) -> bool {
        (3..=4).contains(&self.rank())
    }
}

/// What is not part of the language, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) at: usize,
    pub(super) what: String,
}

/// The largest exponent of `Math.pow`.
const MOST_FACTORS: i64 = 8;
/// How deep expressions nest.
const DEEPEST: usize = 50;

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expr, Foreign> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        next: 0,
        end: text.len(),
        depth: 0,
    };
    let found = reader.binary(1)?;
    match reader.tokens.get(reader.next) {
        None if found.names("undefined") => Err(foreign(0, "`undefined` used so")),
        None => Ok(found),
        Some((at, token)) => Err(foreign(*at, format!("`{}`", token.shown()))),
    }
}

fn foreign(at: usize, what: impl Into<String>) -> Foreign {
    let what = what.into();
    Foreign { at, what }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(String),
    Text(String),
    Word(String),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) | Self::Word(text) => text,
            Self::Sign(sign) => sign,
        }
    }
}

/// Longer ones before those that they begin with.
const SIGNS: [&str; 22] = [
    "===", "!==", "&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", "+", "-", "*", "%", "!",
    "<", ">", ".", ",", "/",
];

/// The most words and signs of an expression.
const MOST_TOKENS: usize = 500;

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Foreign> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else {
            break;
        };
        let (token, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first == '\'' || first == '"' {
            quoted(rest, first)
                .ok_or_else(|| foreign(at, "a text with escapes, or without an end"))?
        } else if first.is_ascii_digit() || (first == '.' && starts_number(rest)) {
            let length = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = rest.get(..length).unwrap_or_default().to_owned();
            (Token::Number(number), length)
        } else if is_word(first) {
            let length = rest
                .find(|c: char| !is_word(c) && !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or_default().to_owned();
            (Token::Word(word), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(foreign(at, format!("`{first}`")));
        };
        if found.len() == MOST_TOKENS {
            return Err(foreign(at, "an expression of so many words"));
        }
        found.push((at, token));
        at += length;
    }
    Ok(found)
}

fn starts_number(rest: &str) -> bool {
    rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '$'
}

fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let inner = rest.get(1..)?;
    let end = inner.find(quote)?;
    let text = inner.get(..end)?;
    (!text.contains('\\')).then(|| (Token::Text(text.to_owned()), end + 2))
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
}

impl Reader {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Foreign> {
        match self.sign(wanted) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> Foreign {
        let what = match self.peek() {
            None => "an expression that breaks off".to_owned(),
            Some(token) => format!("`{}`", token.shown()),
        };
        foreign(self.at(), what)
    }

    fn operator(&self) -> Option<Op> {
        let Some(Token::Sign(sign)) = self.peek() else {
            return None;
        };
        Some(match *sign {
            "||" => Op::Or,
            "&&" => Op::And,
            "==" | "===" => Op::Equal,
            "!=" | "!==" => Op::Unequal,
            "<" => Op::Less,
            "<=" => Op::AtMost,
            ">" => Op::More,
            ">=" => Op::AtLeast,
            "+" => Op::Add,
            "-" => Op::Subtract,
            "*" => Op::Multiply,
            "%" => Op::Rest,
            _ => return None,
        })
    }

    fn binary(&mut self, least: u8) -> Result<Expr, Foreign> {
        let mut left = self.unary()?;
        while let Some(op) = self.operator().filter(|op| op.rank() >= least) {
            self.next += 1;
            let at = self.at();
            let right = self.binary(op.rank() + 1)?;
            left = join(op, left, right).ok_or_else(|| foreign(at, "`undefined` used so"))?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Foreign> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(foreign(self.at(), "an expression nested so deeply"));
        }
        let found = if self.sign("!") {
            Expr::Not(Box::new(self.unary()?))
        } else if self.sign("-") {
            match self.unary()? {
                Expr::Int(number) => Expr::Int(-number),
                Expr::Decimal(number) => Expr::Decimal(-number),
                other => Expr::Minus(Box::new(other)),
            }
        } else if self.sign("(") {
            let inner = self.binary(1)?;
            self.expect(")")?;
            inner
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn primary(&mut self) -> Result<Expr, Foreign> {
        let at = self.at();
        let unexpected = self.unexpected();
        match self.take() {
            Some(Token::Number(digits)) => number(&digits).ok_or(unexpected),
            Some(Token::Text(text)) => Ok(Expr::Text(text)),
            Some(Token::Word(word)) => self.word(at, &word),
            Some(Token::Sign(_)) | None => Err(unexpected),
        }
    }

    fn word(&mut self, at: usize, word: &str) -> Result<Expr, Foreign> {
        match word {
            "true" => Ok(Expr::Bool(true)),
            "false" => Ok(Expr::Bool(false)),
            "undefined" => Ok(Expr::Var("undefined".to_owned())),
            "typeof" => {
                let of = self.unary()?;
                let (equal, unequal) = (Op::Equal, Op::Unequal);
                let op = self.operator().filter(|op| [equal, unequal].contains(op));
                self.next += 1;
                let named = matches!(self.take(), Some(Token::Text(text)) if text == "undefined");
                match op.filter(|_| named) {
                    Some(Op::Equal) => Ok(Expr::Unset(Box::new(of))),
                    Some(_) => Ok(Expr::Not(Box::new(Expr::Unset(Box::new(of))))),
                    None => Err(foreign(
                        at,
                        "`typeof` other than `typeof x === 'undefined'`",
                    )),
                }
            }
            "In" => {
                self.expect("(")?;
                let state = self.take();
                self.expect(")")?;
                match state {
                    Some(Token::Text(state)) => Ok(Expr::In(state)),
                    _ => Err(foreign(at, "`In` of something that is not a text")),
                }
            }
            "Math" => self.power(at),
            "_event" => self.event(at),
            _ if word.starts_with('_') => Err(foreign(at, format!("`{word}`"))),
            _ if self.follows(&["(", ".", "["]) => Err(foreign(at, format!("`{word}` used so"))),
            _ => Ok(Expr::Var(word.to_owned())),
        }
    }

    fn follows(&self, signs: &[&str]) -> bool {
        matches!(self.peek(), Some(Token::Sign(sign)) if signs.contains(sign))
    }

    fn power(&mut self, at: usize) -> Result<Expr, Foreign> {
        let other = || {
            foreign(
                at,
                "`Math` other than `Math.pow(x, n)` with a small whole `n`",
            )
        };
        let is_pow = self.sign(".") && self.take() == Some(Token::Word("pow".to_owned()));
        if !is_pow {
            return Err(other());
        }
        self.expect("(")?;
        let base = self.binary(1)?;
        self.expect(",")?;
        let exponent = self.binary(1)?;
        self.expect(")")?;
        let Expr::Int(exponent @ 1..=MOST_FACTORS) = exponent else {
            return Err(other());
        };
        let factors = (1..exponent).map(|_| base.clone());
        Ok(factors.fold(base.clone(), |product, factor| {
            Expr::Of(Op::Multiply, Box::new(product), Box::new(factor))
        }))
    }

    fn event(&mut self, at: usize) -> Result<Expr, Foreign> {
        let other = |what: &str| foreign(at, format!("`_event{what}`"));
        if !self.sign(".") {
            return Err(other(""));
        }
        match self.take() {
            Some(Token::Word(word)) if word == "name" => Ok(Expr::EventName),
            Some(Token::Word(word)) if word == "data" => self.data(at),
            Some(Token::Word(word)) => Err(other(&format!(".{word}"))),
            _ => Err(other(".")),
        }
    }

    fn data(&mut self, at: usize) -> Result<Expr, Foreign> {
        if self.sign(".") {
            return match self.take() {
                Some(Token::Word(word)) if !self.follows(&["(", ".", "["]) => {
                    Ok(Expr::EventData(word))
                }
                _ => Err(foreign(at, "`_event.data` used so")),
            };
        }
        if self.sign("[") {
            let key = self.take();
            self.expect("]")?;
            return match key {
                Some(Token::Text(key)) => Ok(Expr::EventData(key)),
                _ => Err(foreign(at, "`_event.data` used so")),
            };
        }
        Ok(Expr::EventData("data".to_owned()))
    }
}

fn number(digits: &str) -> Option<Expr> {
    if !digits.contains('.') {
        return digits.parse().ok().map(Expr::Int);
    }
    let padded = format!("0{digits}");
    let whole = padded.trim_end_matches('.');
    Decimal::from_str_exact(whole).ok().map(Expr::Decimal)
}

/// Joins two expressions; a comparison with `undefined` asks whether something is set.
fn join(op: Op, left: Expr, right: Expr) -> Option<Expr> {
    let is_undefined = |expr: &Expr| matches!(expr, Expr::Var(name) if name == "undefined");
    let of = match (is_undefined(&left), is_undefined(&right)) {
        (false, false) => return Some(Expr::Of(op, Box::new(left), Box::new(right))),
        (true, false) => right,
        (false, true) => left,
        (true, true) => return None,
    };
    let unset = Expr::Unset(Box::new(of));
    match op {
        Op::Equal => Some(unset),
        Op::Unequal => Some(Expr::Not(Box::new(unset))),
        _ => None,
    }
}

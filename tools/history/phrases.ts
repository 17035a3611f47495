/** Questions and answers of the seeded history. */
interface Phrases {
  readonly question: readonly string[];
  readonly "follow-up": readonly string[];
  readonly answer: readonly string[];
}

/** By assistant. */
export const phrases: Readonly<Record<string, Phrases>> = {
  health: {
    question: [
      "I have had a headache since yesterday. Is that a reason to worry?",
      "What is a normal blood pressure at my age?",
      "How long does a cold usually last?",
      "May I do sports with a sprained ankle?",
      "My child has a temperature of 38.4. What should I watch for?",
      "What helps against hay fever at night?",
      "I slept badly all week. What can I try?",
      "Which foods have a lot of iron?",
      "How do I prepare for a blood test?",
      "When should a tetanus shot be repeated?",
      "My knee hurts when I climb stairs. What could that be?",
      "Can I drink coffee when I take antibiotics?",
    ],
    "follow-up": [
      "And if it is not better tomorrow?",
      "How often may I do that?",
      "Is that also true at night?",
      "What would a doctor ask me?",
      "Thank you. Is there anything I should avoid?",
      "How do I tell the difference?",
      "Does my age matter here?",
    ],
    answer: [
      "Often that is harmless and passes within a few days. Rest, drink enough and watch how it goes. See a doctor if it gets worse, lasts more than a week, or comes with fever.",
      "In general that is within the usual range. One value says little; measure on several days at the same time, sitting, after five minutes of rest, and take the notes to your next appointment.",
      "There is good evidence that regular movement helps here. Begin with a little, and stop if it hurts. If you take other medicines, ask your pharmacist first.",
      "I cannot say that from here, and I do not want to guess. What you describe should be looked at by a doctor in the next days. If you get short of breath, call the emergency number at once.",
      "Most people manage well with simple things: fixed times, a dark and cool room, no screen before bed. If it goes on for more than four weeks, talk to your doctor about it.",
    ],
  },
  clinical: {
    question: [
      "Interactions of apixaban with clarithromycin in an 80-year-old with eGFR 38?",
      "Current evidence on SGLT2 inhibitors in heart failure with preserved ejection fraction?",
      "Differential diagnosis of isolated elevated alkaline phosphatase?",
      "Dose adjustment of piperacillin in continuous dialysis?",
      "Bridging of anticoagulation before a colonoscopy with polypectomy?",
      "Is there a rationale for a beta blocker a year after an infarction with normal function?",
      "Which vaccinations before starting rituximab?",
      "Work-up of hyponatraemia of 124 mmol/l with normal volume?",
    ],
    "follow-up": [
      "How strong is that evidence?",
      "Does that change with a creatinine of 2.1?",
      "What are the alternatives in a penicillin allergy?",
      "Which values would you follow, and how often?",
      "Please summarise that for the discharge letter.",
    ],
    answer: [
      "The combination raises exposure moderately by inhibition of CYP3A4 and P-gp. With reduced renal function the risk of bleeding grows; azithromycin is an alternative. The decision is yours, with regard to the indication.",
      "Randomised trials show fewer admissions for heart failure; an effect on mortality is not shown. Contraindications are type 1 diabetes and recurrent ketoacidosis. The evidence is of high quality for the composite endpoint.",
      "Next: gamma-GT or bone-specific isoenzyme, vitamin D, then imaging by the result. In women over 50 also think of primary biliary cholangitis. Limits: the sensitivity of a single value is low.",
      "Guidelines differ here. The more recent one advises against bridging at low thromboembolic risk; at high risk low molecular weight heparin remains an option. Please check the local protocol.",
    ],
  },
  operations: {
    question: [
      "Who is on call on the second floor this weekend?",
      "How do I book room 3.14 for a training?",
      "We are running out of gloves in size M. What do I do?",
      "What is the procedure when the lift is out of order?",
      "How do I report a broken infusion pump?",
      "Which form do I need to swap two shifts?",
    ],
    "follow-up": [
      "And on a public holiday?",
      "Who has to approve it?",
      "Can I do that from the ward?",
      "How long does that take?",
    ],
    answer: [
      "1. Open the roster. 2. Choose the ward and the week. 3. Select both shifts and confirm. The charge nurse gets a message and approves it.",
      "1. Note the number on the label. 2. Report it to the depot with your ward. 3. Take a replacement from store B. It is usually there the same day.",
      "1. Block the entrance with the sign. 2. Call the technicians. 3. Use lift 2 for beds; it has priority then. Tell the control room.",
    ],
  },
  platform: {
    question: [
      "Which model caused most of last week's cost?",
      "How do I see whether a switch has reached every instance?",
      "Why are there fallbacks on the patients' model today?",
      "What would the month cost on a cheaper model?",
      "How do I take a switch back?",
    ],
    "follow-up": [
      "What does that command change?",
      "Can I see that per assistant?",
      "And for the last 30 days?",
    ],
    answer: [
      "Look at the costs by model and day; the ledger has one row for each attempt. A projection for the month is beside them. Nothing is changed by reading them.",
      "Compare the registry version on the answers with that of the switch: no answer that began after it may carry a smaller one. The report on switches counts them for you.",
      "The answers name what failed and which model stepped in. If it is throttling, wait for the quota or assign another model; a rollback takes one command.",
    ],
  },
};

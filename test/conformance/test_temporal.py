"""Rollouts by Temporal's Python SDK, as any other SDK: a workflow type, a task queue, JSON, and Updates by name."""

import asyncio
import os
import time
import unittest
import uuid

from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

TASK_QUEUE = os.environ['ROLLOUT_TASK_QUEUE']
PATIENCE_SECONDS = 60


def spec(**changes):
    """A spec as `yaml.safe_load` or `json.load` reads it."""
    return {
        'name': 'from-python',
        'options': {'httpTokens': 'required'},
        'targets': {'regions': ['us-east-1']},
        'stages': [{'name': 'canary', 'size': 1}, {'name': 'rest', 'size': 'rest', 'approval': {'timeout': '1h'}}],
        'apply': {'pollInterval': '100ms'},
        'evidence': 'off',
        **changes,
    }


class RolloutFromPython(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = await Client.connect(
            os.environ['TEMPORAL_ADDRESS'], namespace=os.environ['TEMPORAL_NAMESPACE']
        )

    async def start(self, wanted):
        workflow_id = f'imds-rollout-from-python-{uuid.uuid4()}'
        return await self.client.start_workflow('imdsRollout', wanted, id=workflow_id, task_queue=TASK_QUEUE)

    async def wait_for(self, rollout, hold):
        """The status once the rollout waits for this."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            status = await rollout.query('status')
            if status['waiting'] is not None and status['waiting']['for'] == hold:
                return status
            self.assertLess(time.monotonic(), deadline, status)
            await asyncio.sleep(0.05)

    async def failure_of(self, rollout):
        with self.assertRaises(WorkflowFailureError) as raised:
            await asyncio.wait_for(rollout.result(), PATIENCE_SECONDS)
        self.assertIsInstance(raised.exception.cause, ApplicationError)
        return raised.exception.cause

    async def test_is_aborted_then_another_one_is_approved_and_completes(self):
        first = await self.start(spec())
        status = await self.wait_for(first, 'approval')
        self.assertEqual(status['title'], '1 of 3 require IMDSv2, 2 not started')
        # Nothing at all, as the Temporal UI sends, is a message too.
        paused = await first.execute_update('pause')
        self.assertIn('paused', paused)
        with self.assertRaises(WorkflowUpdateFailedError) as refused:
            await first.execute_update('skipBake', {'by': 'ann'})
        self.assertEqual(refused.exception.cause.type, 'MessageRefused')
        await first.execute_update('abort', {'by': 'ann', 'mode': 'rollback'})
        failure = await self.failure_of(first)
        self.assertEqual(failure.type, 'RolloutRolledBack')
        self.assertRegex(failure.message, r'^0 of 3 require IMDSv2, 1 restored, 2 not started\. Rolled back: aborted by ann')
        self.assertEqual(failure.details[0]['counts']['restored'], 1)

        second = await self.start(spec())
        await self.wait_for(second, 'approval')
        await second.execute_update('approve', {'by': 'ann', 'stage': 'rest'})
        result = await asyncio.wait_for(second.result(), PATIENCE_SECONDS)
        self.assertEqual((result['ended'], result['title']), ('completed', '3 of 3 require IMDSv2'))

    async def test_a_wrong_spec_ends_at_once_and_says_where(self):
        failure = await self.failure_of(await self.start(spec(options={'httpToken': 'required'})))
        self.assertEqual(failure.type, 'InvalidRolloutSpec')
        self.assertIn('options.httpToken: unknown field "httpToken", did you mean "httpTokens"?', failure.message)
